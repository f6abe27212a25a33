module foresail.dev/test/tools/bench

go 1.26
