package main

import (
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

// The API server's review, member by member, as k8s.io/api/admission/v1 declares it.
type admissionReview struct {
	Kind       string             `json:"kind,omitempty"`
	APIVersion string             `json:"apiVersion,omitempty"`
	Request    *admissionRequest  `json:"request,omitempty"`
	Response   *admissionResponse `json:"response,omitempty"`
}

type groupVersionKind struct {
	Group   string `json:"group"`
	Version string `json:"version"`
	Kind    string `json:"kind"`
}

type groupVersionResource struct {
	Group    string `json:"group"`
	Version  string `json:"version"`
	Resource string `json:"resource"`
}

type userInfo struct {
	Username string              `json:"username,omitempty"`
	UID      string              `json:"uid,omitempty"`
	Groups   []string            `json:"groups,omitempty"`
	Extra    map[string][]string `json:"extra,omitempty"`
}

type admissionRequest struct {
	UID             string                `json:"uid"`
	Kind            groupVersionKind      `json:"kind"`
	Resource        groupVersionResource  `json:"resource"`
	RequestKind     *groupVersionKind     `json:"requestKind,omitempty"`
	RequestResource *groupVersionResource `json:"requestResource,omitempty"`
	Name            string                `json:"name,omitempty"`
	Namespace       string                `json:"namespace,omitempty"`
	Operation       string                `json:"operation"`
	UserInfo        userInfo              `json:"userInfo"`
	Object          json.RawMessage       `json:"object,omitempty"`
	OldObject       json.RawMessage       `json:"oldObject,omitempty"`
	DryRun          *bool                 `json:"dryRun,omitempty"`
	Options         json.RawMessage       `json:"options,omitempty"`
}

type admissionResponse struct {
	UID       string  `json:"uid"`
	Allowed   bool    `json:"allowed"`
	Patch     []byte  `json:"patch,omitempty"`
	PatchType *string `json:"patchType,omitempty"`
}

const largestBody = 7 << 20

// echo reads a review whole, decodes it and its object, and answers with one patch that never changes.
func echo(arguments []string) error {
	flags := flag.NewFlagSet("echo", flag.ContinueOnError)
	cert := flags.String("cert", "", "file of the certificate")
	key := flags.String("key", "", "file of its key")
	patchFile := flags.String("patch", "", "file of the JSON Patch to answer with; none: allowed without one")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(*cert, *key)
	if err != nil {
		return err
	}
	var patch []byte
	if *patchFile != "" {
		if patch, err = os.ReadFile(*patchFile); err != nil {
			return err
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("{\"port\":%d}\n", listener.Addr().(*net.TCPAddr).Port)
	server := &http.Server{
		Handler:           reviewHandler(patch),
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"http/1.1"}},
		ReadHeaderTimeout: 10 * time.Second,
		// Only HTTP/1.1: the API server speaks nothing else to webhooks.
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	return server.ServeTLS(listener, "", "")
}

func reviewHandler(patch []byte) http.Handler {
	patchType := "JSONPatch"
	return http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(writer, request.Body, largestBody))
		if err != nil {
			http.Error(writer, err.Error(), http.StatusRequestEntityTooLarge)
			return
		}
		var review admissionReview
		var object map[string]any
		if err := json.Unmarshal(body, &review); err != nil || review.Request == nil {
			http.Error(writer, "no AdmissionReview", http.StatusBadRequest)
			return
		}
		if err := json.Unmarshal(review.Request.Object, &object); err != nil {
			http.Error(writer, "no object", http.StatusBadRequest)
			return
		}
		response := &admissionResponse{UID: review.Request.UID, Allowed: true}
		if patch != nil {
			response.Patch, response.PatchType = patch, &patchType
		}
		answer, err := json.Marshal(admissionReview{Kind: review.Kind, APIVersion: review.APIVersion, Response: response})
		if err != nil {
			http.Error(writer, err.Error(), http.StatusInternalServerError)
			return
		}
		writer.Header().Set("Content-Type", "application/json")
		_, _ = writer.Write(answer)
	})
}
