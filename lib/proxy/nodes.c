/* SPDX-License-Identifier: MIT */
/* nodes - which servers a balancer sends the clients of which service to. */
#include "proxy/nodes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/text.h"
#include "service/metadata.h"
#include "service/service.h"

#define LIST ".proxy" /* beside the metadata of services, whose names begin with no dot */
#define LOCK ".proxy.lock"
#define LIST_BYTES_MAX (16u << 20)
#define LOCK_POLL_MS 25

/* --- what a caller says --- */

static bool
is_made_of(const char *text, size_t len, const char *more)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (!((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
		      (c && strchr(more, c))))
			return false;
	}
	return len > 0;
}

int
nodes_check_address(const char *what, const char *address, struct err *e)
{
	size_t len = strlen(address);

	/* IPv4, IPv6 with or without brackets, or a name. */
	return len <= NODES_ADDRESS_MAX && address[0] != '-' && is_made_of(address, len, ".-:[]")
		       ? 0
		       : err_set(e, ERR_USAGE, "%s '%.80s' is no address", what, address);
}

/* One name of a service; "*" alone stands for any. */
static int
add_name(struct node *node, const char *name, size_t len, struct err *e)
{
	size_t n = strlen(node->names);

	if (len > 253 || name[0] == '-' || !is_made_of(name, len, ".-_"))
		return err_set(e, ERR_USAGE, "'%.*s' is no DNS name", (int)(len < 80 ? len : 80),
			       name);
	if (n + len + 1 > NODES_NAMES_MAX)
		return err_set(e, ERR_USAGE, "more than %d bytes of names", NODES_NAMES_MAX);
	snprintf(node->names + n, sizeof node->names - n, "%s%.*s", n ? "," : "", (int)len, name);
	return 0;
}

static int
take_names(struct node *node, const char *primary, const char *secondary, struct err *e)
{
	if (strcmp(primary, "*") == 0) {
		snprintf(node->names, sizeof node->names, "*");
		return 0;
	}
	if (add_name(node, primary, strlen(primary), e))
		return -1;
	if (!secondary[0] || strcmp(secondary, "NONE") == 0)
		return 0;
	for (const char *name = secondary, *comma;; name = comma + 1) {
		size_t len = strcspn(name, ",");

		comma = name + len;
		if (add_name(node, name, len, e))
			return -1;
		if (!*comma)
			return 0;
	}
}

int
nodes_make(struct node *node, const struct node_words *words, struct err *e)
{
	long long number;

	*node = (struct node){.port = 0};
	if (text_check_id("service", words->service, NODES_SERVICE_MAX, e) ||
	    take_names(node, words->primary, words->secondary, e) ||
	    nodes_check_address("LOCAL_ADDRESS", words->local, e) ||
	    nodes_check_address("REMOTE_ADDRESS", words->address, e) ||
	    text_number("REMOTE_PORT", words->port, 1, 65535, &number, e))
		return -1;
	snprintf(node->service, sizeof node->service, "%s", words->service);
	snprintf(node->local, sizeof node->local, "%s", words->local);
	snprintf(node->address, sizeof node->address, "%s", words->address);
	node->port = (int)number;
	return 0;
}

/* --- the list --- */

static int
compare(const struct node *a, const struct node *b)
{
	int order = strcmp(a->service, b->service);

	if (!order)
		order = strcasecmp(a->address, b->address);
	return order ? order : a->port - b->port;
}

int
nodes_add(struct nodes *list, const struct node *node, struct err *e)
{
	struct node *larger;
	size_t at = 0;

	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->nodes[i].service, node->service) == 0) {
			memcpy(list->nodes[i].names, node->names, sizeof node->names);
			memcpy(list->nodes[i].local, node->local, sizeof node->local);
			list->nodes[i].has_tls = node->has_tls;
		}
	while (at < list->n && compare(&list->nodes[at], node) < 0)
		at++;
	if (at < list->n && compare(&list->nodes[at], node) == 0)
		return 0;
	if (list->n == NODES_MAX)
		return err_set(e, ERR_UNSAFE, "more than %d nodes", NODES_MAX);
	larger = realloc(list->nodes, (list->n + 1) * sizeof *larger);
	if (!larger)
		return err_sys(e, "cannot keep the nodes");
	list->nodes = larger;
	memmove(larger + at + 1, larger + at, (list->n - at) * sizeof *larger);
	larger[at] = *node;
	list->n++;
	return 0;
}

size_t
nodes_remove(struct nodes *list, const char *address)
{
	size_t kept = 0, n = list->n;

	for (size_t i = 0; i < n; i++)
		if (strcasecmp(list->nodes[i].address, address) != 0)
			list->nodes[kept++] = list->nodes[i];
	list->n = kept;
	return n - kept;
}

/* --- its file: a node a line, its parts with tabs between them --- */

static int
parse_line(struct nodes *list, char *line, struct err *e)
{
	char *parts[7], *rest = line;
	struct node node;
	size_t n = 0;

	while (n < 7 && rest)
		parts[n++] = strsep(&rest, "\t");
	if (n != 7 || rest ||
	    nodes_make(&node, &(struct node_words){parts[0], "*", "", parts[2], parts[4], parts[5]},
		       e))
		return err_set(e, ERR_UNSAFE, "the agent's list of nodes is damaged: '%.80s'",
			       line);
	if (strlen(parts[1]) > NODES_NAMES_MAX || !is_made_of(parts[1], strlen(parts[1]), ".-_,*"))
		return err_set(e, ERR_UNSAFE, "the agent's list of nodes is damaged: '%.80s'",
			       parts[1]);
	snprintf(node.names, sizeof node.names, "%s", parts[1]);
	node.has_tls = strcmp(parts[3], "tls") == 0;
	return nodes_add(list, &node, e);
}

static int
read_list(struct nodes *list, struct err *e)
{
	int fd = openat(list->meta_root_fd, LIST, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct buf text = BUF_INIT;
	int result;

	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys(e, "cannot open the agent's list of nodes");
	result = fd_read_all(fd, &text, LIST_BYTES_MAX, "the agent's list of nodes", e);
	for (char *line = text.data, *end; !result && line && (end = strchr(line, '\n'));
	     line = end + 1) {
		*end = '\0';
		result = parse_line(list, line, e);
	}
	buf_free(&text);
	fd_close(&fd);
	return result;
}

static int
take_lock(struct nodes *list, int wait_ms, struct err *e)
{
	list->lock_fd =
		openat(list->meta_root_fd, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0660);
	if (list->lock_fd < 0)
		return err_sys(e, "cannot open the lock of the agent's list of nodes");
	for (int waited = 0; flock(list->lock_fd, LOCK_EX | LOCK_NB); waited += LOCK_POLL_MS) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_sys(e, "cannot lock the agent's list of nodes");
		if (waited >= wait_ms)
			return err_set(e, ERR_BUSY,
				       "another command changes the balancer; try again, or wait "
				       "with --wait");
		if (proc_interrupted(e))
			return -1;
		usleep(LOCK_POLL_MS * 1000);
	}
	return 0;
}

int
nodes_open(struct nodes *list, const struct paths *paths, int wait_ms, struct err *e)
{
	int root_fd = open(paths->services, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result;

	if (root_fd < 0 && errno == ENOENT)
		return err_set(e, ERR_NO_SERVICE, "there is no services directory '%s'",
			       paths->services);
	if (root_fd < 0)
		return err_sys(e, "cannot open the services directory '%s'", paths->services);
	result = metadata_open(root_fd, &list->meta_root_fd, e);
	fd_close(&root_fd);
	return result || take_lock(list, wait_ms, e) || read_list(list, e) ? -1 : 0;
}

int
nodes_save(const struct nodes *list, struct err *e)
{
	struct buf text = BUF_INIT;
	int result = buf_add(&text, "", 0, e);

	for (size_t i = 0; i < list->n && !result; i++) {
		const struct node *n = &list->nodes[i];

		result = buf_addf(&text, e, "%s\t%s\t%s\t%s\t%s\t%d\t\n", n->service, n->names,
				  n->local, n->has_tls ? "tls" : "-", n->address, n->port);
	}
	if (!result)
		result = fd_replace_at(list->meta_root_fd, LIST, text.data, text.len, 0660, e);
	buf_free(&text);
	return result;
}

void
nodes_close(struct nodes *list)
{
	free(list->nodes);
	fd_close(&list->lock_fd);
	fd_close(&list->meta_root_fd);
	*list = NODES_INIT;
}
