/* INI files as people write them for sssd.conf: [section], key = value, whole-line comments with #
 * or ;. inih does the splitting; this wrapper closes what it leaves open: lines and names are never
 * cut, trailing text is never dropped silently, line numbers are right, and what appears twice is
 * named.
 *
 * The file is UTF-8 (a byte order mark is skipped) without control characters; a line has at most
 * INIFILE_LINE_MAX octets, a section or key name at most INIFILE_NAME_MAX; "=" is the only
 * separator; there are no comments behind a value and no continuation lines. A value is the rest
 * of the line without blanks at its ends, and may be empty. */
#ifndef LIB_INI_INIFILE_H
#define LIB_INI_INIFILE_H

#include <stddef.h>

#define INIFILE_SIZE_MAX (1024 * 1024)
#define INIFILE_LINE_MAX 8000
#define INIFILE_NAME_MAX 48
#define INIFILE_ENTRIES_MAX 4096 /* sections and keys together */

/* One happening, in the order of the file. Everything points into buffers that last for the call.
 *	heading:  section set, key NULL, problem NULL
 *	value:    section, key and value set, problem NULL
 *	mistake:  problem says what is wrong with the line; section is the current one; key is set
 *	          if it is known; nothing else is delivered for this line */
struct inifile_line {
	int line;            /* from 1 */
	const char *section; /* blanks inside are one space each; "" before the first heading */
	const char *key;
	const char *value;
	const char *problem;
};
typedef void inifile_visit(const struct inifile_line *l, void *arg);

/* Calls visit for each line that says something. Nothing is returned: every mistake is a visit,
 * also the last one ("the file has more than … entries", after which reading stops). Keys below a
 * heading with a mistake are skipped. Thread-safe. */
void inifile_read(const char *text, size_t len, inifile_visit *visit, void *arg);

#endif
