/* SPDX-License-Identifier: MIT */
/* told - what a service, or a database, is told: configurations made of what is known now. */
#include "provision/told.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/crypto.h"
#include "base/fd.h"
#include "cfg/document.h"

#define LINE_MAX_BYTES 4096
#define CUSTOM_MAX (256u << 10)

static int __attribute__((format(printf, 3, 4)))
add(struct secret *text, struct err *e, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(line, sizeof line, fmt, args);
	va_end(args);
	if (len >= (int)sizeof line)
		return err_set(e, ERR_UNSAFE, "the line '%.60s' of a configuration is too long",
			       line);
	return secret_append(text, line, (size_t)len, e);
}

/* KEY=SECRET */
static int
add_secret(const struct told *t, struct secret *text, const char *key, const char *reference,
	   struct err *e)
{
	const struct secret *value;

	return references_get(t->references, reference, &value, e) || add(text, e, "%s=", key) ||
			       secret_append(text, secret_reveal(value), value->len, e) ||
			       add(text, e, "\n")
		       ? -1
		       : 0;
}

struct ledger_server *
told_writer(const struct ledger_tier *tier)
{
	for (size_t i = 0; i < tier->n; i++)
		if (ledger_counts(tier->servers[i]) && tier->servers[i]->address)
			return tier->servers[i];
	return NULL;
}

/* A port that clients of that kind of server take by themselves is not said. */
static const char *
odd_port(const struct deployment_service *s)
{
	if (s->n_ports == 0 || strcmp(s->ports[0].number, "3306") == 0 ||
	    strcmp(s->ports[0].number, "5432") == 0)
		return NULL;
	return s->ports[0].number;
}

/* KEY=ADDRESS,... of the servers of a service's tier, or of the first of them. */
static int
add_hosts(const struct told *t, struct secret *text, const char *key,
	  const struct deployment_service *s, bool writer_only, struct err *e)
{
	const struct ledger_tier *tier = t->l->tiers[s->tier];
	const char *port = odd_port(s);
	bool first = true;

	if (add(text, e, "%s=", key))
		return -1;
	for (size_t i = 0; i < tier->n && (first || !writer_only); i++) {
		const struct ledger_server *server = tier->servers[i];

		if (!ledger_counts(server) || !server->address)
			continue;
		if (add(text, e, "%s%s%s%s", first ? "" : ",", server->address, port ? ":" : "",
			port ? port : ""))
			return -1;
		first = false;
	}
	return add(text, e, "\n");
}

static int
add_ports(struct secret *text, const struct deployment_service *s, struct err *e)
{
	for (size_t i = 0; i < s->n_ports; i++) {
		const struct deployment_port *p = &s->ports[i];

		if (add(text, e,
			"port.%s.protocol=%s\nport.%s.publicPort=%s\nport.%s.privatePort=%s\n",
			p->number, p->protocol, p->number, p->public_number, p->number, p->number))
			return -1;
		if (s->primary_name && add(text, e, "port.%s.dnsNames=%s%s%s\n", p->number,
					   s->primary_name, s->secondary_names ? "," : "",
					   s->secondary_names ? s->secondary_names : ""))
			return -1;
	}
	return 0;
}

/* What stands behind the name of each service that it depends on. */
static int
add_services(const struct told *t, struct secret *text, const struct deployment_service *s,
	     struct err *e)
{
	const struct deployment *d = t->d;
	char key[256];

	for (size_t i = 0; i < s->depends.n; i++) {
		const struct deployment_service *on = &d->services[s->depends.at[i]];

		if (add(text, e,
			"dependency.SERVICE-%s.dependencyType=SERVICE\n"
			"dependency.SERVICE-%s.dependencyName=%s\n",
			on->id, on->id, on->name))
			return -1;
		snprintf(key, sizeof key, "dependency.SERVICE-%s.readHosts", on->id);
		if (add_hosts(t, text, key, on, false, e))
			return -1;
		snprintf(key, sizeof key, "dependency.SERVICE-%s.writeHosts", on->id);
		if (add_hosts(t, text, key, on, true, e))
			return -1;
	}
	return 0;
}

/* The names of what it depends on in a line, and what stands behind each. */
static int
add_dependencies(const struct told *t, struct secret *text, const struct deployment_service *s,
		 struct err *e)
{
	const struct deployment *d = t->d;
	char key[256];

	if (s->sources.n + s->depends.n == 0)
		return 0;
	if (add(text, e, "dependencies="))
		return -1;
	for (size_t i = 0; i < s->sources.n; i++)
		if (add(text, e, "%sDATA_SOURCE-%s", i ? "," : "", s->sources.words[i]))
			return -1;
	for (size_t i = 0; i < s->depends.n; i++)
		if (add(text, e, "%sSERVICE-%s", i || s->sources.n ? "," : "", s->depends.words[i]))
			return -1;
	if (add(text, e, "\n"))
		return -1;
	for (size_t i = 0; i < s->sources.n; i++) {
		const struct deployment_source *source = &d->sources[s->sources.at[i]];
		const struct deployment_service *on = &d->services[source->service];

		if (add(text, e,
			"dependency.DATA_SOURCE-%s.dependencyType=DATA_SOURCE\n"
			"dependency.DATA_SOURCE-%s.dependencyName=%s\n"
			"dependency.DATA_SOURCE-%s.databaseType=VM_DYNAMIC\n"
			"dependency.DATA_SOURCE-%s.user=%s\n",
			source->name, source->name, source->database, source->name, source->name,
			source->user))
			return -1;
		snprintf(key, sizeof key, "dependency.DATA_SOURCE-%s.readHosts", source->name);
		if (add_hosts(t, text, key, on, false, e))
			return -1;
		snprintf(key, sizeof key, "dependency.DATA_SOURCE-%s.writeHosts", source->name);
		if (add_hosts(t, text, key, on, true, e))
			return -1;
		snprintf(key, sizeof key, "dependency.DATA_SOURCE-%s.password", source->name);
		if (add_secret(t, text, key, source->password, e))
			return -1;
	}
	return add_services(t, text, s, e);
}

static int
add_service_keys(const struct told *t, struct secret *text, const struct deployment_service *s,
		 struct err *e)
{
	char key[96];

	for (size_t i = 0; i < s->n_keys; i++)
		if (add(text, e, "%s%s%s", i ? "," : "serviceKeys=", s->keys[i].name,
			i + 1 == s->n_keys ? "\n" : ""))
			return -1;
	for (size_t i = 0; i < s->n_keys; i++) {
		snprintf(key, sizeof key, "serviceKey.%s.password", s->keys[i].name);
		if (add(text, e, "serviceKey.%s.user=%s\n", s->keys[i].name, s->keys[i].user) ||
		    add_secret(t, text, key, s->keys[i].password, e))
			return -1;
	}
	return 0;
}

/* The keys of before 2011, which old hooks look for. */
static int
add_deprecated(const struct told *t, struct secret *text, const struct deployment_service *s,
	       const struct ledger_server *server, struct err *e)
{
	const struct deployment *d = t->d;
	char key[128];

	if (s->n_ports &&
	    add(text, e, "protocol=%s\npublicPort=%s\nprivatePort=%s\nprimaryAddress=%s\n",
		s->ports[0].protocol, s->ports[0].public_number, s->ports[0].number,
		server->address ? server->address : ""))
		return -1;
	for (size_t i = 0; i < s->sources.n; i++)
		if (add(text, e, "%s%s%s", i ? "," : "dataSources=",
			d->sources[s->sources.at[i]].database, i + 1 == s->sources.n ? "\n" : ""))
			return -1;
	for (size_t i = 0; i < s->sources.n; i++) {
		const struct deployment_source *source = &d->sources[s->sources.at[i]];
		const struct deployment_service *on = &d->services[source->service];

		snprintf(key, sizeof key, "dataSource.%s.read", source->database);
		if (add_hosts(t, text, key, on, false, e))
			return -1;
		snprintf(key, sizeof key, "dataSource.%s.write", source->database);
		if (add_hosts(t, text, key, on, true, e))
			return -1;
		snprintf(key, sizeof key, "dataSource.%s.servicePassword", source->database);
		if (add(text, e, "dataSource.%s.serviceUser=%s\n", source->database,
			source->user) ||
		    add_secret(t, text, key, source->password, e))
			return -1;
	}
	return 0;
}

static int
add_custom(struct secret *text, const char *path, struct err *e)
{
	int fd, result;

	if (add(text, e, "[custom]\n"))
		return -1;
	if (!path)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "cannot open the custom configuration '%s'", path);
	result = secret_read(text, fd, CUSTOM_MAX, path, e);
	fd_close(&fd);
	if (!result && text->len && secret_reveal(text)[text->len - 1] != '\n')
		result = add(text, e, "\n");
	return result;
}

int
told_service(const struct told *t, const struct deployment_service *service,
	     const struct ledger_server *server, struct secret *text, struct err *e)
{
	const struct ledger_server *writer = told_writer(server->tier);

	return add(text, e, "[enstratus]\nserverId=%s\nserviceId=%s\nname=%s\ncustomerId=%s\n",
		   server->id, service->id, service->name, t->d->customer) ||
			       add_ports(text, service, e) ||
			       add(text, e, "addresses=%s\nrunAsUser=%s\nuserId=%s\nrole=%s\n",
				   server->address ? server->address : "", service->run_as,
				   t->d->customer, writer == server ? "master" : "slave") ||
			       add_dependencies(t, text, service, e) ||
			       add_service_keys(t, text, service, e) ||
			       add_deprecated(t, text, service, server, e) ||
			       add_custom(text, service->custom, e)
		       ? -1
		       : 0;
}

int
told_source(const struct told *t, const struct deployment_source *source, const char *addresses,
	    struct secret *text, struct err *e)
{
	return add(text, e, "name=%s\nuser=%s\n", source->database, source->user) ||
			       add_secret(t, text, "password", source->password, e) ||
			       add(text, e, "addresses=%s\n", addresses)
		       ? -1
		       : 0;
}

int
told_login(const struct told *t, const struct deployment_source *source, char hex[static 33],
	   struct err *e)
{
	struct secret text = SECRET_INIT;
	int result = told_source(t, source, "", &text, e);

	if (!result)
		told_hash(t->l, &text, hex);
	secret_free(&text);
	return result;
}

int
told_keep(struct secret *text, struct err *e)
{
	return add(text, e, "keepPassword=true\n");
}

int
told_finish(struct secret *text, struct err *e)
{
	char hex[SECRET_SHA256_HEX];

	secret_sha256(text, text->len, hex);
	return add(text, e, "# sha256 %s\n", hex);
}

int
told_compare(struct secret *text, const struct ledger_placed *placed, struct changes *changes,
	     struct err *e)
{
	struct document doc = DOCUMENT_INIT;
	int result = document_take(&doc, text, "a configuration", e);

	*changes = CHANGES_INIT;
	if (!result)
		result = changes_compare(
			changes, &doc, NULL, 0,
			&(struct buf){.data = placed->told, .len = placed->told_len}, e);
	document_free(&doc);
	return result;
}

int
told_addresses(const struct deployment *d, const struct ledger *l, size_t source,
	       const struct ledger_server *without, struct buf *addresses, struct err *e)
{
	for (size_t i = 0; i < d->n_tiers; i++) {
		bool uses = false;

		for (size_t j = 0; j < d->n_services; j++)
			for (size_t k = 0; d->services[j].tier == i && k < d->services[j].sources.n;
			     k++)
				uses |= d->services[j].sources.at[k] == source;
		for (size_t j = 0; uses && j < l->tiers[i]->n; j++) {
			const struct ledger_server *server = l->tiers[i]->servers[j];

			if (!ledger_counts(server) || server == without || !server->address)
				continue;
			if (buf_addf(addresses, e, "%s%s", addresses->len ? "," : "",
				     server->address))
				return -1;
		}
	}
	return addresses->len ? 0 : buf_add(addresses, "", 0, e);
}

void
told_hash(const struct ledger *l, const struct secret *text, char hex[static 33])
{
	unsigned char key[CRYPTO_HASH_KEY_BYTES] = {0};

	memcpy(key, l->key, sizeof key);
	crypto_keyed_hash(key, secret_reveal(text), text->len, hex);
}
