/* SPDX-License-Identifier: MIT */
/* told - what a service, or a database, is told: configurations made of what is known now. */
#ifndef PROVISION_TOLD_H
#define PROVISION_TOLD_H

#include "base/err.h"
#include "base/secret.h"
#include "provision/deployment.h"
#include "provision/ledger.h"
#include "provision/reference.h"
#include "service/changes.h"

struct told {
	const struct deployment *d;
	const struct ledger *l;
	struct references *references;
};

/*
 * told_service - append the configuration of a service on a server, without a trailer.
 *
 * A pure function of the deployment, of the servers that count and of the secrets: with the same
 * of all it is the same.  Servers whose address is not known yet are left out.
 *
 * Fails:   as references_get; ERR_SYSTEM.
 * Source:  enstratus-cfg(5).
 */
int told_service(const struct told *t, const struct deployment_service *service,
		 const struct ledger_server *server, struct secret *text, struct err *e)
	__attribute__((warn_unused_result));

/*
 * told_source - append what the hooks of a data source are told.
 *
 * addresses  with commas between them; "" for none
 */
int told_source(const struct told *t, const struct deployment_source *source, const char *addresses,
		struct secret *text, struct err *e) __attribute__((warn_unused_result));

/* told_login - a keyed hash of the user and password of a data source. */
int told_login(const struct told *t, const struct deployment_source *source, char hex[static 33],
	       struct err *e) __attribute__((warn_unused_result));

/* told_keep - append that the password before is to stay good as well, until the next grant. */
int told_keep(struct secret *text, struct err *e) __attribute__((warn_unused_result));

/* told_finish - append the trailer, which says that the text is whole. */
int told_finish(struct secret *text, struct err *e) __attribute__((warn_unused_result));

/*
 * told_compare - which names of a configuration differ from what was told last.
 *
 * text  as told_service has made it; it is taken
 */
int told_compare(struct secret *text, const struct ledger_placed *placed, struct changes *changes,
		 struct err *e) __attribute__((warn_unused_result));

/*
 * told_addresses - the addresses of all servers that use a data source, with commas between them,
 *                  each once; one of them, `without`, may be left out.
 */
int told_addresses(const struct deployment *d, const struct ledger *l, size_t source,
		   const struct ledger_server *without, struct buf *addresses, struct err *e)
	__attribute__((warn_unused_result));

/* told_hash - a keyed hash of a text, by which it is known again. */
void told_hash(const struct ledger *l, const struct secret *text, char hex[static 33]);

/* told_writer - the server of a tier that writes go to: the first that counts; NULL for none. */
struct ledger_server *told_writer(const struct ledger_tier *tier);

#endif
