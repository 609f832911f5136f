/* SPDX-License-Identifier: MIT */
/* err - what went wrong, said once and carried up to main. */
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Bytes of one context, of a message of 512. */
#define CONTEXT_MAX 200

static void
make_printable(char *s)
{
	for (; *s; s++) {
		/* C0, DEL, and C1 as UTF-8 has it. */
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
		else if ((unsigned char)*s == 0xc2 && (unsigned char)s[1] >= 0x80 &&
			 (unsigned char)s[1] < 0xa0)
			s[0] = s[1] = '?';
	}
}

static void __attribute__((format(printf, 3, 0)))
format(char *msg, size_t size, const char *fmt, va_list ap)
{
	if (vsnprintf(msg, size, fmt, ap) < 0)
		msg[0] = '\0';
	make_printable(msg);
}

int
err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	format(e->msg, sizeof e->msg, fmt, ap);
	va_end(ap);
	e->kind = kind;
	return -1;
}

static enum err_kind
kind_of_errno(int code)
{
	switch (code) {
	case ENOSPC:
	case EDQUOT:
	case EIO:
	case EROFS:
	case EFBIG:
		return ERR_IO;
	case EACCES:
	case EPERM:
		return ERR_REFUSED;
	default:
		return ERR_SYSTEM;
	}
}

/* What stands before a reason: cut where it is long, for the reason counts more. */
static size_t __attribute__((format(printf, 2, 0)))
context(char msg[static CONTEXT_MAX], const char *fmt, va_list ap)
{
	static const char cut[] = "...'";

	format(msg, CONTEXT_MAX, fmt, ap);
	if (strlen(msg) == CONTEXT_MAX - 1)
		memcpy(msg + CONTEXT_MAX - sizeof cut, cut, sizeof cut);
	return strlen(msg);
}

int
err_sys(struct err *e, const char *fmt, ...)
{
	int code = errno;
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	len = context(e->msg, fmt, ap);
	va_end(ap);
	snprintf(e->msg + len, sizeof e->msg - len, ": %s", strerror(code));
	e->kind = kind_of_errno(code);
	return -1;
}

int
err_hook(struct err *e, int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	format(e->msg, sizeof e->msg, fmt, ap);
	va_end(ap);
	e->kind = ERR_STATUS;
	e->status = status;
	return -1;
}

int
err_wrap(struct err *e, const char *fmt, ...)
{
	char old[sizeof e->msg];
	va_list ap;
	size_t len;

	memcpy(old, e->msg, sizeof old);
	va_start(ap, fmt);
	len = context(e->msg, fmt, ap);
	va_end(ap);
	snprintf(e->msg + len, sizeof e->msg - len, ": %s", old);
	return -1;
}

int
err_refuse(struct err *e, const char *rule, const char *entry, size_t len, uint64_t limit)
{
	size_t max = sizeof e->entry - 1;

	e->rule = rule;
	e->limit = limit;
	snprintf(e->entry, sizeof e->entry, "%.*s", (int)(len < max ? len : max),
		 entry ? entry : "");
	make_printable(e->entry);
	return -1;
}

int
err_status(const struct err *e)
{
	return e->kind == ERR_STATUS ? e->status : (int)e->kind;
}
