bench_SRCS += tests/bench/bench.c
bench_SRCS += tests/bench/bench_crypto.c
bench_SRCS += tests/bench/bench_device.c
bench_SRCS += tests/bench/bench_direct.c
bench_SRCS += tests/bench/bench_entry.c
bench_SRCS += tests/bench/bench_same.c
bench_SRCS += tests/bench/bench_setup.c
bench_SRCS += tests/bench/bench_watch.c
