/* One line a happening, to standard error (journald reads the <N> priority in front when it is
 * there): an event word, then key=value pairs. Values with blanks or quotes are quoted; peer text
 * goes through text_quote first. Only main programs and agent/ log; lib/ and ldap/ return failures.
 * Thread-safe: one write(2) a line.
 *
 *	log_info("request", "attempt=%s status=%d code=%s", attempt, 403, "ENR-202");
 */
#ifndef LIB_BASE_LOG_H
#define LIB_BASE_LOG_H

enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARN = 4, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 };

/* tag: "enrolld[core]"; level: the least important that is still written. */
void log_open(const char *tag, enum log_level level);
void log_line(enum log_level level, const char *event, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#define log_error(event, ...) log_line(LOG_LEVEL_ERROR, event, __VA_ARGS__)
#define log_warn(event, ...) log_line(LOG_LEVEL_WARN, event, __VA_ARGS__)
#define log_info(event, ...) log_line(LOG_LEVEL_INFO, event, __VA_ARGS__)
#define log_debug(event, ...) log_line(LOG_LEVEL_DEBUG, event, __VA_ARGS__)

#endif
