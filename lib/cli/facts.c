/* SPDX-License-Identifier: MIT */
/* facts - how busy this server is: as a vote, and as numbers in a file. */
#include "cli/facts.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/usage.h"
#include "command/vote.h"
#include "service/listing.h"
#include "service/service.h"

#define FILE_NAME "stats.properties"
#define FILE_MODE 0644 /* numbers that anybody can see */

/* Percent with two digits behind the point, as a whole number for JSON. */
static long long
hundredths(double percent)
{
	return (long long)(percent * 100 + 0.5);
}

static int
answer_json(struct cli *cli, const struct vote *vote, struct err *e)
{
	struct json json;

	cli_json(cli, &json, 0);
	json_number(&json, "vote", vote->value);
	json_bool(&json, "abstained", vote->abstained);
	json_text(&json, "rule", vote->is_custom ? "custom" : "builtin");
	if (vote->usage.n_cpus) {
		json_number(&json, "cpuPercentX100", hundredths(vote->usage.cpu));
		json_number(&json, "memoryPercentX100", hundredths(vote->usage.memory));
		if (vote->usage.pressure >= 0)
			json_number(&json, "pressurePercentX100", hundredths(vote->usage.pressure));
	}
	return cli_answer_json(cli, &json, e);
}

int
facts_vote(struct cli *cli, int *vote, struct err *e)
{
	struct vote taken;
	int result = vote_take(cli->args, cli->timeout_s, &taken, e);

	*vote = result ? 0 : taken.value;
	if (!cli->json) {
		printf("%d\n", *vote);
		return result;
	}
	return result ? -1 : answer_json(cli, &taken, e);
}

static int
add_usage(struct buf *text, struct err *e)
{
	struct usage u;

	if (usage_read("/proc", &u, e) ||
	    buf_addf(text, e,
		     "cpu.count=%ld\ncpu.load1=%.2f\ncpu.load5=%.2f\ncpu.load15=%.2f\n"
		     "cpu.percent=%.2f\nmemory.bytes=%lld\nmemory.percent=%.2f\n",
		     u.n_cpus, u.load[0], u.load[1], u.load[2], u.cpu, u.memory_bytes, u.memory))
		return -1;
	return u.pressure < 0 ? 0 : buf_addf(text, e, "cpu.pressure=%.2f\n", u.pressure);
}

static int
add_services(struct buf *text, const struct paths *paths, struct err *e)
{
	struct err none = ERR_INIT;
	struct statvfs fs;
	char **ids = NULL;
	size_t n = 0;
	int result = 0;

	if (statvfs(paths->services, &fs) == 0 && fs.f_blocks)
		result = buf_addf(text, e, "services.bytes=%llu\nservices.percent=%.2f\n",
				  (unsigned long long)fs.f_blocks * fs.f_frsize,
				  (double)(fs.f_blocks - fs.f_bavail) * 100 / (double)fs.f_blocks);
	/* None where there is no directory for them. */
	if (!result && listing_read(paths, &ids, &n, &none) && none.kind != ERR_NO_SERVICE) {
		*e = none;
		return -1;
	}
	if (!result)
		result = buf_addf(text, e, "services=");
	for (size_t i = 0; i < n && !result; i++)
		result = buf_addf(text, e, "%s%s", i ? "," : "", ids[i]);
	listing_free(ids, n);
	return result ? -1 : buf_add(text, "\n", 1, e);
}

static int
add_time(struct buf *text, struct err *e)
{
	time_t now = time(NULL);
	char host[256] = "", stamp[32];
	struct tm tm;

	(void)gethostname(host, sizeof host - 1);
	strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	return buf_addf(text, e, "time=%s\nhost=%s\n", stamp, host);
}

/* The directory that the file is to be in. */
static int
open_place(const struct cli *cli, const struct paths *paths, const char **name, struct err *e)
{
	int fd = -1;

	*name = FILE_NAME;
	if (!cli->n_args)
		return paths_make_tmp(paths, &fd, e) ? -1 : fd;
	fd = fd_open_parent(cli->args[0], name);
	return fd < 0 ? err_sys(e, "there is no place for the file '%s'", cli->args[0]) : fd;
}

int
facts_write(const struct cli *cli, struct err *e)
{
	struct buf text = BUF_INIT;
	struct paths paths;
	const char *name;
	int result = -1, fd = -1;

	if (!paths_load(&paths, e) && (fd = open_place(cli, &paths, &name, e)) >= 0 &&
	    !add_time(&text, e) && !add_usage(&text, e) && !add_services(&text, &paths, e))
		result = fd_replace_at(fd, name, text.data, text.len, FILE_MODE, e);
	fd_close(&fd);
	buf_free(&text);
	return result;
}
