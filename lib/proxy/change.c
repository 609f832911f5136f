/* SPDX-License-Identifier: MIT */
/* change - a node is let into the balancer, or taken out of it. */
#include "proxy/change.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/wipe.h"

#define PEM_BYTES_MAX (1u << 20)
#define N_PARTS 3

struct change {
	const struct balancer *balancer;
	struct balancer_place place;
	struct nodes nodes;
	int part_fds[N_PARTS]; /* certificate, chain, key, in the file's order; -1 for none */
	char pem[NODES_SERVICE_MAX + 32]; /* the file's name, beside the configuration */
	bool has_new_pem;
	struct secret old_pem; /* what it was before; empty where there was none */
	struct drain drain;
};

static int
begin(struct change *c, const struct balancer *b, int wait_ms, struct err *e)
{
	struct settings settings = SETTINGS_INIT;
	struct paths paths;
	int result;

	*c = (struct change){.balancer = b,
			     .nodes = NODES_INIT,
			     .part_fds = {-1, -1, -1},
			     .old_pem = SECRET_INIT};
	result = paths_load(&paths, e) || settings_load(&settings, &paths, e) ||
				 balancer_place(b, &settings, &c->place, e) ||
				 nodes_open(&c->nodes, &paths, wait_ms, e)
			 ? -1
			 : 0;
	settings_free(&settings);
	return result;
}

static void
end(struct change *c)
{
	for (size_t i = 0; i < N_PARTS; i++)
		fd_close(&c->part_fds[i]);
	secret_free(&c->old_pem);
	nodes_close(&c->nodes);
}

/* --- a certificate --- */

static int
read_part(const char *path, int *fd, struct secret *pem, struct err *e)
{
	*fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (*fd < 0) {
		err_sys(e, "cannot open '%s'", path);
		e->kind = e->kind == ERR_SYSTEM ? ERR_UNAVAILABLE : e->kind;
		return -1;
	}
	if (secret_read(pem, *fd, PEM_BYTES_MAX, path, e))
		return -1;
	return pem->len && secret_reveal(pem)[pem->len - 1] != '\n' ? secret_append(pem, "\n", 1, e)
								    : 0;
}

static int
open_directory(const struct change *c, struct stat *config, struct err *e)
{
	const char *name;
	int dir_fd = fd_open_parent(c->place.config, &name);

	config->st_mode = 0;
	if (dir_fd >= 0 && (fstatat(dir_fd, name, config, 0) == 0 || errno == ENOENT))
		return dir_fd;
	err_set(e, ERR_UNAVAILABLE, "%s has no configuration '%s': %s", c->balancer->name,
		c->place.config, strerror(errno));
	fd_close(&dir_fd);
	return -1;
}

/* Of the mode and owner that the file is to have: those of the configuration's owner. */
static int
write_pem(const struct change *c, int dir_fd, const struct stat *config, const struct secret *pem,
	  struct err *e)
{
	if (fd_replace_at(dir_fd, c->pem, secret_reveal(pem), pem->len, 0600, e))
		return -1;
	return config->st_mode && fchownat(dir_fd, c->pem, config->st_uid, config->st_gid, 0) &&
			       errno != EPERM
		       ? err_sys(e, "cannot set the owner of '%s'", c->pem)
		       : 0;
}

static int
put_pem(struct change *c, const char *service, const struct secret *pem, struct err *e)
{
	struct stat config;
	int result = 0, fd, dir_fd = open_directory(c, &config, e);

	if (dir_fd < 0)
		return -1;
	snprintf(c->pem, sizeof c->pem, "enstratus-%s.pem", service);
	fd = openat(dir_fd, c->pem, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0)
		result = secret_read(&c->old_pem, fd, PEM_BYTES_MAX * N_PARTS, c->pem, e);
	fd_close(&fd);
	c->has_new_pem = c->old_pem.len != pem->len ||
			 memcmp(secret_reveal(&c->old_pem), secret_reveal(pem), pem->len) != 0;
	if (!result && c->has_new_pem)
		result = write_pem(c, dir_fd, &config, pem, e);
	fd_close(&dir_fd);
	return result;
}

/* The balancer was not to have it. */
static void
take_pem_back(struct change *c)
{
	struct err e = ERR_INIT;
	struct stat config;
	int dir_fd;

	if (!c->has_new_pem)
		return;
	dir_fd = open_directory(c, &config, &e);
	if (dir_fd >= 0 && (c->old_pem.len ? write_pem(c, dir_fd, &config, &c->old_pem, &e)
					   : wipe_at(dir_fd, c->pem, NULL, &e)))
		log_warning("the certificate that was refused is still there: %s", e.msg);
	fd_close(&dir_fd);
}

static int
take_certificate(struct change *c, char *const *args, int n_args, struct err *e)
{
	/* In the order of the file: certificate, chain, key. */
	const char *const paths[N_PARTS] = {
		args[CHANGE_ARGS], n_args == CHANGE_ARGS_CHAIN ? args[CHANGE_ARGS + 2] : NULL,
		args[CHANGE_ARGS + 1]};
	struct secret pem = SECRET_INIT;
	int result = 0;

	for (size_t i = 0; i < N_PARTS && !result; i++)
		if (paths[i])
			result = read_part(paths[i], &c->part_fds[i], &pem, e);
	if (!result)
		result = put_pem(c, args[0], &pem, e);
	secret_free(&pem);
	return result;
}

/* They are temporary files of the caller's. */
static void
wipe_parts(struct change *c)
{
	for (size_t i = 0; i < N_PARTS; i++) {
		struct err e = ERR_INIT;

		if (c->part_fds[i] >= 0 && wipe_held(c->part_fds[i], &e))
			log_warning("a file of the certificate was not wiped: %s", e.msg);
	}
}

/* --- changes --- */

/* A service goes on with the certificate that it has. */
static bool
had_tls(const struct nodes *nodes, const char *service)
{
	for (size_t i = 0; i < nodes->n; i++)
		if (strcmp(nodes->nodes[i].service, service) == 0)
			return nodes->nodes[i].has_tls;
	return false;
}

static int
apply(struct change *c, struct err *e)
{
	return balancer_apply(c->balancer, &c->place, &c->nodes, c->has_new_pem, &c->drain, e) ||
			       nodes_save(&c->nodes, e)
		       ? -1
		       : 0;
}

int
change_add(const struct balancer *b, char *const *args, int n_args, int wait_ms, struct err *e)
{
	const struct node_words words = {args[0], args[1], args[2], args[3], args[4], args[5]};
	struct change c;
	struct node node;
	int result = -1;

	if (nodes_make(&node, &words, e))
		return -1;
	if (!begin(&c, b, wait_ms, e) &&
	    (n_args == CHANGE_ARGS || !take_certificate(&c, args, n_args, e))) {
		node.has_tls = n_args > CHANGE_ARGS || had_tls(&c.nodes, node.service);
		result = nodes_add(&c.nodes, &node, e) || apply(&c, e) ? -1 : 0;
	}
	if (result)
		take_pem_back(&c);
	else
		wipe_parts(&c);
	end(&c);
	return result;
}

/* Of services that no node is left of. */
static void
remove_certificates(struct change *c, const struct nodes *before)
{
	char name[NODES_SERVICE_MAX + 32];
	struct err ignored = ERR_INIT;
	const char *config;
	int dir_fd = fd_open_parent(c->place.config, &config);

	for (size_t i = 0; i < before->n && dir_fd >= 0; i++) {
		const struct node *n = &before->nodes[i];

		if (!n->has_tls || had_tls(&c->nodes, n->service))
			continue;
		snprintf(name, sizeof name, "enstratus-%s.pem", n->service);
		if (wipe_at(dir_fd, name, NULL, &ignored))
			log_warning("the certificate of '%s' was not wiped: %s", n->service,
				    ignored.msg);
	}
	fd_close(&dir_fd);
}

/* What is open is served to its end, before anybody stops the server that serves it. */
static void
drain(const struct change *c)
{
	size_t n = drain_wait(&c->drain, c->place.drain_s * 1000);

	if (n && c->place.drain_s)
		log_note("%s still serves connections of before, after %lld s", c->balancer->name,
			 c->place.drain_s);
}

int
change_remove(const struct balancer *b, const char *address, int wait_ms, struct err *e)
{
	struct nodes before = NODES_INIT;
	struct change c;
	int result = -1;

	if (nodes_check_address("REMOTE_ADDRESS", address, e))
		return -1;
	if (!begin(&c, b, wait_ms, e)) {
		for (size_t i = 0; i < c.nodes.n && !nodes_add(&before, &c.nodes.nodes[i], e); i++)
			;
		if (!e->kind && nodes_remove(&c.nodes, address) == 0) {
			log_note("no node has the address '%s'", address);
			result = 0;
		} else if (!e->kind && !(result = apply(&c, e))) {
			remove_certificates(&c, &before);
		}
	}
	nodes_close(&before);
	end(&c);
	/* The next change need not wait for that. */
	if (!result)
		drain(&c);
	return result;
}
