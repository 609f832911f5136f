/* SPDX-License-Identifier: MIT */
/* balancer - the servers that can be a balancer: how each is configured, checked and told. */
#ifndef PROXY_BALANCER_H
#define PROXY_BALANCER_H

#include <limits.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "host/settings.h"
#include "proxy/drain.h"
#include "proxy/nodes.h"

#define BALANCER_MARK "enstratus-agent" /* of the part that is ours in a file of an operator's */

/* Where things are, of [proxy] in agent.cfg; for the files of a balancer that is a service too. */
struct balancer_place {
	char config[PATH_MAX]; /* what we write */
	char main[PATH_MAX];   /* what includes it; "" where it is the same */
	char pid[PATH_MAX];    /* the file of the process that is told to read it again */
	long long drain_s;     /* how long to wait for connections that are open */
};

/* A kind of balancer is a row of these. */
struct balancer {
	const char *name;		 /* also of its process */
	const char *program;		 /* from the root */
	const char *config, *main, *pid; /* where they are unless agent.cfg says otherwise */
	int reload;			 /* the signal */
	bool is_whole; /* the file is ours alone; else it is the part between two marks */
	/* The text of all nodes.  pem_dir is where enstratus-SERVICE.pem is, of those with TLS. */
	int (*render)(const struct nodes *nodes, const char *pem_dir, struct buf *out,
		      struct err *e);
};

extern const struct balancer BALANCER_HAPROXY, BALANCER_NGINX;

int balancer_place(const struct balancer *b, const struct settings *settings,
		   struct balancer_place *place, struct err *e) __attribute__((warn_unused_result));

/*
 * balancer_apply - let the balancer know the nodes.
 *
 * Its configuration is made anew, checked by its own program, replaced in one step, and read again
 * by the one that runs, which drops no connection.  One that would be the same is left as it is.
 *
 * force  let it be read again in any case: a certificate has changed
 * drain  which workers it had before, when it has read it again
 *
 * Fails:   ERR_IMAGE, a proxy step, when the program refuses the configuration, which then is as it
 *          was, or cannot be told; ERR_UNAVAILABLE when it is not installed or has no
 *          configuration; ERR_SYSTEM.
 * Source:  haproxy(1), -c and SIGUSR2; nginx(8), -t and SIGHUP.
 */
int balancer_apply(const struct balancer *b, const struct balancer_place *place,
		   const struct nodes *nodes, bool force, struct drain *drain, struct err *e)
	__attribute__((warn_unused_result));

#endif
