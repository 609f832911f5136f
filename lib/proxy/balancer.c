/* SPDX-License-Identifier: MIT */
/* balancer - the servers that can be a balancer: how each is configured, checked and told. */
#include "proxy/balancer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/text.h"
#include "proxy/haproxy.h"
#include "proxy/nginx.h"

#define CONFIG_BYTES_MAX (64u << 20)
#define CHECK_MS 60000
#define GRACE_MS 1000
#define DRAIN_USUAL_S 10
#define BEGIN "# BEGIN " BALANCER_MARK
#define END "# END " BALANCER_MARK
#define NOTE " (made by startProxy and stopProxy: changes here are lost)\n"

const struct balancer BALANCER_HAPROXY = {
	.name = "haproxy",
	.program = "/usr/sbin/haproxy",
	.config = "/etc/haproxy/haproxy.cfg",
	.main = "",
	.pid = "/run/haproxy.pid",
	.reload = SIGUSR2,
	.render = haproxy_render,
};

const struct balancer BALANCER_NGINX = {
	.name = "nginx",
	.program = "/usr/sbin/nginx",
	.config = "/etc/nginx/conf.d/enstratus-agent.conf",
	.main = "/etc/nginx/nginx.conf",
	.pid = "/run/nginx.pid",
	.reload = SIGHUP,
	.is_whole = true,
	.render = nginx_render,
};

static int
place_one(const struct settings *settings, const char *setting, const char *usual,
	  char path[static PATH_MAX], struct err *e)
{
	snprintf(path, PATH_MAX, "%s", usual);
	if (settings_word(settings, setting, NULL, path, PATH_MAX, e))
		return -1;
	return path[0] && path[0] != '/'
		       ? err_set(e, ERR_UNSAFE, "agent.cfg: %s '%.80s' does not begin at the root",
				 setting, path)
		       : 0;
}

int
balancer_place(const struct balancer *b, const struct settings *settings,
	       struct balancer_place *place, struct err *e)
{
	static const struct settings_number drain = {NULL, "proxy-drain", 0, DRAIN_MOST_S};

	place->drain_s = DRAIN_USUAL_S;
	return place_one(settings, "proxy-config", b->config, place->config, e) ||
			       place_one(settings, "proxy-main", b->main, place->main, e) ||
			       place_one(settings, "proxy-pid", b->pid, place->pid, e) ||
			       settings_number(settings, &drain, &place->drain_s, e)
		       ? -1
		       : 0;
}

/* --- the new text --- */

/* The line that begins with mark; NULL for none. */
static const char *
find_line(const char *text, const char *mark)
{
	size_t len = strlen(mark);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, mark, len) == 0)
			return line;
	}
	return NULL;
}

static int
read_old(const char *path, struct buf *old, struct stat *st, struct err *e)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY), result;

	*st = (struct stat){.st_mode = 0};
	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys(e, "cannot open '%s'", path);
	result = fstat(fd, st) ? err_sys(e, "cannot look at '%s'", path)
			       : fd_read_all(fd, old, CONFIG_BYTES_MAX, path, e);
	fd_close(&fd);
	return result;
}

static int
add_part(const struct balancer *b, const char *pem_dir, const struct nodes *nodes, struct buf *out,
	 struct err *e)
{
	return buf_addf(out, e, "%s", BEGIN NOTE) || b->render(nodes, pem_dir, out, e) ||
			       buf_addf(out, e, "%s\n", END)
		       ? -1
		       : 0;
}

/* The file with its part made anew; at its end, where it has none yet. */
static int
make_text(const struct balancer *b, const char *pem_dir, const struct nodes *nodes,
	  const struct buf *old, struct buf *out, struct err *e)
{
	const char *text = old->data ? old->data : "", *begin = find_line(text, BEGIN), *end;

	if (b->is_whole)
		return add_part(b, pem_dir, nodes, out, e);
	end = begin ? find_line(begin, END) : NULL;
	if (begin && !end)
		return err_set(e, ERR_IMAGE,
			       "it has a line '" BEGIN "' and no '" END "' behind it");
	if (!begin)
		return buf_add(out, text, old->len, e) ||
				       (old->len && text[old->len - 1] != '\n' &&
					buf_add(out, "\n", 1, e)) ||
				       add_part(b, pem_dir, nodes, out, e)
			       ? -1
			       : 0;
	end += strcspn(end, "\n");
	end += *end == '\n';
	return buf_add(out, text, (size_t)(begin - text), e) ||
			       add_part(b, pem_dir, nodes, out, e) ||
			       buf_add(out, end, strlen(end), e)
		       ? -1
		       : 0;
}

/* --- asking its program --- */

/* The line of its output that says what is wrong; else the last one. */
struct complaint {
	char line[256], told[256];
	size_t len;
};

static void
end_line(struct complaint *c)
{
	bool is_it;

	c->line[c->len] = '\0';
	is_it = strstr(c->line, "[ALERT]") || strstr(c->line, "[emerg]");
	if (c->len && (is_it || !strstr(c->told, "[")))
		if (!strstr(c->told, "[ALERT]") && !strstr(c->told, "[emerg]"))
			text_printable(c->told, c->line, c->len);
	c->len = 0;
}

static void
listen_to(void *arg, int stream, const char *data, size_t len)
{
	struct complaint *c = arg;

	(void)stream;
	for (size_t i = 0; i < len; i++)
		if (data[i] == '\n')
			end_line(c);
		else if (c->len < sizeof c->line - 1)
			c->line[c->len++] = data[i];
	if (!len)
		end_line(c);
}

static int
ask(const struct balancer *b, char *const *argv, struct err *e)
{
	static char *const environment[] = {(char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
					    (char *)"LANG=C.UTF-8", NULL};
	struct complaint complaint = {.len = 0};
	struct proc_spec spec = {
		.program = {.path = b->program, .argv = argv, .envp = environment, .dir_fd = -1},
		.keeper = {.timeout_ms = CHECK_MS, .grace_ms = GRACE_MS},
		.output = listen_to,
		.output_arg = &complaint};
	struct proc_result result;

	if (proc_run(&spec, &result, e))
		return -1;
	if (result.status == 0)
		return 0;
	return err_set(e, ERR_IMAGE, "%s refuses the configuration: %s", b->name,
		       result.timed_out	   ? "its check takes too long"
		       : complaint.told[0] ? complaint.told
					   : "it does not say why");
}

static int
check_haproxy(const struct balancer *b, const char *path, struct err *e)
{
	return ask(
		b,
		(char *const[]){(char *)b->program, (char *)"-c", (char *)"-f", (char *)path, NULL},
		e);
}

/* A whole configuration of nginx, of `text`; path is where it may be made. */
static int
check_nginx_alone(const struct balancer *b, int dir_fd, const char *dir, const char *name,
		  struct err *e)
{
	char try[NAME_MAX + 1], path[PATH_MAX];
	struct buf text = BUF_INIT;
	int result;

	snprintf(try, sizeof try, ".%.200s.main", name);
	snprintf(path, sizeof path, "%.3000s/%s", dir, try);
	result = buf_addf(&text, e,
			  "error_log stderr;\npid %s.pid;\nevents {}\nhttp {\n"
			  "access_log off;\ninclude %.3000s/%s;\n}\n",
			  path, dir, name);
	if (!result)
		result = fd_replace_at(dir_fd, try, text.data, text.len, 0600, e);
	if (!result)
		result = ask(b,
			     (char *const[]){(char *)b->program, (char *)"-t", (char *)"-q",
					     (char *)"-e", (char *)"stderr", (char *)"-c", path,
					     NULL},
			     e);
	unlinkat(dir_fd, try, 0);
	snprintf(path, sizeof path, "%.200s.pid", try);
	unlinkat(dir_fd, path, 0);
	buf_free(&text);
	return result;
}

static int
check_nginx_main(const struct balancer *b, const char *main, struct err *e)
{
	return ask(b,
		   (char *const[]){(char *)b->program, (char *)"-t", (char *)"-q", (char *)"-e",
				   (char *)"stderr", (char *)"-c", (char *)main, NULL},
		   e);
}

/* --- replacing and telling --- */

/* The new file beside the old one, of its owner and mode. */
static int
write_beside(int dir_fd, const char *name, const struct buf *text, const struct stat *old,
	     struct err *e)
{
	mode_t mode = old->st_mode ? old->st_mode & 0777 : 0644;

	if (fd_replace_at(dir_fd, name, text->data, text->len, mode, e))
		return -1;
	return old->st_mode && fchownat(dir_fd, name, old->st_uid, old->st_gid, 0) && errno != EPERM
		       ? err_sys(e, "cannot set the owner of '%s'", name)
		       : 0;
}

/* The configuration as it is. */
struct file {
	int dir_fd;
	const char *name;
	struct buf text;
	struct stat st; /* its st_mode is 0 where there is none */
};

/*
 * Where another file includes ours, that one is asked as well, with ours in its place: the old one
 * is put back when it is refused.
 */
static int
put_in_place(const struct balancer *b, const struct balancer_place *place, const struct file *file,
	     const char *new, struct err *e)
{
	struct err ignored = ERR_INIT;
	int dir_fd = file->dir_fd;

	if (renameat(dir_fd, new, dir_fd, file->name) || fsync(dir_fd))
		return err_sys(e, "cannot replace '%s'", place->config);
	if (!place->main[0] || !check_nginx_main(b, place->main, e))
		return 0;
	if (!file->st.st_mode)
		unlinkat(dir_fd, file->name, 0);
	else if (write_beside(dir_fd, new, &file->text, &file->st, &ignored) ||
		 renameat(dir_fd, new, dir_fd, file->name))
		log_error("cannot put '%s' back as it was", place->config);
	return -1;
}

/* Lets the one that runs read it again. */
static int
reload(const struct balancer *b, const struct balancer_place *place, struct drain *drain,
       struct err *e)
{
	char text[32] = "", path[64], name[32] = "";
	int fd = open(place->pid, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
	pid_t pid;

	fd_close(&fd);
	text[n > 0 ? n : 0] = '\0';
	pid = (pid_t)strtol(text, NULL, 10);
	if (pid > 1) {
		snprintf(path, sizeof path, "/proc/%d/comm", pid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		n = fd < 0 ? 0 : read(fd, name, sizeof name - 1);
		fd_close(&fd);
		name[n > 0 ? n : 0] = '\0';
		name[strcspn(name, "\n")] = '\0';
	}
	/* The process of another program, which has that number now, is left alone. */
	if (strcmp(name, b->name) != 0) {
		log_note(
			"%s does not run (see '%s'): it reads its configuration when it is started",
			b->name, place->pid);
		return 0;
	}
	drain_note(drain, pid);
	if (kill(pid, b->reload) == 0)
		return 0;
	err_sys(e, "cannot tell %s (pid %d) to read its configuration again", b->name, pid);
	e->kind = ERR_IMAGE;
	return -1;
}

static int
replace(const struct balancer *b, const struct balancer_place *place, const struct file *file,
	const struct buf *text, struct err *e)
{
	char new[NAME_MAX + 1], path[PATH_MAX];
	size_t dir_len = strlen(place->config) - strlen(file->name);
	int result, dir_fd = file->dir_fd;

	/* No file of an operator's, and none that "include *.conf" finds. */
	snprintf(new, sizeof new, ".%.200s.enstratus-new", file->name);
	snprintf(path, sizeof path, "%.*s%s", (int)dir_len, place->config, new);
	result = write_beside(dir_fd, new, text, &file->st, e);
	if (!result && b->is_whole) {
		path[dir_len ? dir_len - 1 : 0] = '\0';
		result = check_nginx_alone(b, dir_fd, path, new, e);
	} else if (!result) {
		result = check_haproxy(b, path, e);
	}
	if (!result)
		result = put_in_place(b, place, file, new, e);
	unlinkat(dir_fd, new, 0);
	return result;
}

int
balancer_apply(const struct balancer *b, const struct balancer_place *place,
	       const struct nodes *nodes, bool force, struct drain *drain, struct err *e)
{
	struct file old = {.text = BUF_INIT};
	struct buf text = BUF_INIT;
	char pem_dir[PATH_MAX];
	int result = -1;

	old.dir_fd = fd_open_parent(place->config, &old.name);

	if (access(b->program, X_OK))
		err_set(e, ERR_UNAVAILABLE, "%s is not installed: '%s': %s", b->name, b->program,
			strerror(errno));
	else if (old.dir_fd < 0 || (!b->is_whole && access(place->config, F_OK)))
		err_set(e, ERR_UNAVAILABLE, "%s has no configuration '%s': %s", b->name,
			place->config, strerror(errno));
	else if (!read_old(place->config, &old.text, &old.st, e)) {
		snprintf(pem_dir, sizeof pem_dir, "%.*s",
			 (int)(old.name - place->config > 1 ? old.name - place->config - 1 : 1),
			 place->config);
		result = make_text(b, pem_dir, nodes, &old.text, &text, e);
		if (result)
			err_wrap(e, "'%s'", place->config);
	}
	if (!result &&
	    (old.text.len != text.len || memcmp(old.text.data, text.data, text.len) != 0)) {
		result = replace(b, place, &old, &text, e);
		force = true;
	}
	if (!result && force)
		result = reload(b, place, drain, e);
	buf_free(&text);
	buf_free(&old.text);
	fd_close(&old.dir_fd);
	return result;
}
