package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// The words of a template that are replaced in each request, so that no two are the same.
var marks = [][]byte{[]byte("{{uid}}"), []byte("{{name}}"), []byte("{{input}}")}

type figures struct {
	Requests          int     `json:"requests"`
	Failed            int     `json:"failed"`
	FirstFailure      string  `json:"firstFailure,omitempty"`
	Seconds           float64 `json:"seconds"`
	RequestsPerSecond float64 `json:"requestsPerSecond"`
	P50Ms             float64 `json:"p50Ms"`
	P99Ms             float64 `json:"p99Ms"`
	MaxMs             float64 `json:"maxMs"`
	// CPU time of this program for each second that passed: near 1 on one core it was the bottleneck.
	ClientCPUShare float64 `json:"clientCpuShare"`
}

type worker struct {
	connection *tls.Conn
	pieces     [][]byte
	order      []int
	path       string
	mark       string
	random     *rand.Rand
	buffer     bytes.Buffer
	body       bytes.Buffer
	latencies  []time.Duration
	failed     int
	failure    string
}

// load keeps every connection busy with one request after the other until the time is over, and prints figures.
func load(arguments []string) error {
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	address := flags.String("address", "", "host:port")
	caFile := flags.String("ca", "", "file of the CA")
	template := flags.String("template", "", "file of the review with {{uid}}, {{name}} and {{input}}")
	path := flags.String("path", "/mutate", "path")
	connections := flags.Int("connections", 32, "connections")
	seconds := flags.Float64("seconds", 4, "seconds")
	mark := flags.String("mark", `"allowed":true`, "text every answer must have")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	text, err := os.ReadFile(*template)
	if err != nil {
		return err
	}
	ca, err := os.ReadFile(*caFile)
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return errors.New("no certificate in " + *caFile)
	}
	pieces, order := split(text)
	workers := make([]*worker, *connections)
	for i := range workers {
		connection, err := tls.Dial("tcp", *address, &tls.Config{RootCAs: pool, NextProtos: []string{"http/1.1"}})
		if err != nil {
			return err
		}
		workers[i] = &worker{connection: connection, pieces: pieces, order: order, path: *path, mark: *mark}
		workers[i].random = rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), uint64(i)))
	}
	before, start := cpuTime(), time.Now()
	var group sync.WaitGroup
	for _, one := range workers {
		group.Go(func() { one.run(start.Add(time.Duration(*seconds * float64(time.Second)))) })
	}
	group.Wait()
	elapsed, used := time.Since(start), cpuTime()-before
	return json.NewEncoder(os.Stdout).Encode(summary(workers, elapsed, used))
}

func summary(workers []*worker, elapsed, used time.Duration) figures {
	result := figures{Seconds: elapsed.Seconds(), ClientCPUShare: used.Seconds() / elapsed.Seconds()}
	var all []time.Duration
	for _, one := range workers {
		_ = one.connection.Close()
		all = append(all, one.latencies...)
		result.Failed += one.failed
		if result.FirstFailure == "" {
			result.FirstFailure = one.failure
		}
	}
	slices.Sort(all)
	result.Requests = len(all)
	result.RequestsPerSecond = float64(len(all)) / elapsed.Seconds()
	if len(all) > 0 {
		milliseconds := func(share float64) float64 {
			return float64(all[int(float64(len(all)-1)*share)].Microseconds()) / 1000
		}
		result.P50Ms, result.P99Ms, result.MaxMs = milliseconds(0.5), milliseconds(0.99), milliseconds(1)
	}
	return result
}

// split cuts a template at its marks: between pieces[i] and pieces[i+1] stands mark order[i].
func split(text []byte) (pieces [][]byte, order []int) {
	for {
		next, which := -1, 0
		for i, mark := range marks {
			if at := bytes.Index(text, mark); at >= 0 && (next < 0 || at < next) {
				next, which = at, i
			}
		}
		if next < 0 {
			return append(pieces, text), order
		}
		pieces, order = append(pieces, text[:next]), append(order, which)
		text = text[next+len(marks[which]):]
	}
}

func (w *worker) run(end time.Time) {
	reader := bufio.NewReaderSize(w.connection, 32<<10)
	for time.Now().Before(end) {
		sent := time.Now()
		if err := w.send(); err != nil {
			w.fail(err)
			return
		}
		answer, err := w.receive(reader)
		if err != nil {
			w.fail(err)
			return
		}
		w.latencies = append(w.latencies, time.Since(sent))
		if !bytes.Contains(answer, []byte(w.mark)) {
			w.fail(fmt.Errorf("answered %.300s", answer))
		}
	}
}

func (w *worker) fail(err error) {
	w.failed++
	if w.failure == "" {
		w.failure = err.Error()
	}
}

func (w *worker) send() error {
	uid := w.uid()
	values := [...]string{uid, "phi-" + uid[:13], strconv.Itoa(1 + w.random.IntN(1_000_000))}
	w.body.Reset()
	for i, piece := range w.pieces {
		w.body.Write(piece)
		if i < len(w.order) {
			w.body.WriteString(values[w.order[i]])
		}
	}
	w.buffer.Reset()
	fmt.Fprintf(&w.buffer, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",
		w.path, w.body.Len())
	w.buffer.Write(w.body.Bytes())
	_, err := w.connection.Write(w.buffer.Bytes())
	return err
}

func (w *worker) uid() string {
	a, b := w.random.Uint64(), w.random.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", uint32(a>>32), uint16(a>>16), a&0xfff, b>>52, b&0xffffffffffff)
}

// receive reads one answer: the head, then as many bytes as it announces. net/http's client costs more than the server it
// would measure.
func (w *worker) receive(reader *bufio.Reader) ([]byte, error) {
	length, chunked, status := -1, false, ""
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		if status == "" {
			status = string(bytes.TrimSpace(line))
			continue
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch string(bytes.ToLower(name)) {
		case "content-length":
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return nil, err
			}
		case "transfer-encoding":
			chunked = true
		}
	}
	if chunked {
		return readChunks(reader)
	}
	if length < 0 {
		return nil, fmt.Errorf("%s: no length", status)
	}
	w.body.Reset()
	if _, err := io.CopyN(&w.body, reader, int64(length)); err != nil {
		return nil, err
	}
	return w.body.Bytes(), nil
}

func readChunks(reader *bufio.Reader) ([]byte, error) {
	var all []byte
	for {
		line, err := reader.ReadString('\n')
		if err != nil {
			return nil, err
		}
		size, err := strconv.ParseInt(string(bytes.TrimSpace([]byte(line))), 16, 32)
		if err != nil {
			return nil, err
		}
		chunk := make([]byte, size+2)
		if _, err := io.ReadFull(reader, chunk); err != nil {
			return nil, err
		}
		if size == 0 {
			return all, nil
		}
		all = append(all, chunk[:size]...)
	}
}

func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
