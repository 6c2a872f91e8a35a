/*
 * Runs a fuzz target over the files given instead of over a fuzzer's inventions: the reviewed
 * seeds and every input that once broke something.  Linked with one tests/fuzz/fuzz_*.c each.
 *
 *	replay_FORMAT FILE...
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int replay(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	uint8_t *data;
	size_t len;

	if (!f || fstat(fileno(f), &st) < 0) {
		fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
		return -1;
	}
	/* Exactly as large as the input, so that a read past the end is seen. */
	data = malloc(st.st_size > 0 ? (size_t)st.st_size : 1);
	if (!data)
		abort();
	len = fread(data, 1, (size_t)st.st_size, f);
	fclose(f);
	if (len != (size_t)st.st_size) {
		fprintf(stderr, "replay: %s: cannot read all of it\n", path);
		free(data);
		return -1;
	}
	LLVMFuzzerTestOneInput(data, len);
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: %s FILE...\n", argv[0]);
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		if (replay(argv[i]) < 0)
			return 1;
	}
	printf("%d inputs replayed\n", argc - 1);
	return 0;
}
