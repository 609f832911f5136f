/* SPDX-License-Identifier: MIT */
/* central - a zip archive's central directory, read whole: where every entry's bytes are. */
#include "image/central.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Sizes and signatures.  Source: APPNOTE 6.3.10, the section is behind each. */
#define END_LEN 22 /* 4.3.16 */
#define END_SIGNATURE 0x06054b50
#define COMMENT_MAX 65535
#define CHAIN_MAX 256		   /* names of one hash: far more than chance brings together */
#define DIRECTORY_MAX (256u << 20) /* bytes */
#define LOCATOR_LEN 20		   /* 4.3.15 */
#define LOCATOR_SIGNATURE 0x07064b50
#define END64_LEN 56 /* 4.3.14 */
#define END64_SIGNATURE 0x06064b50
#define HEADER_LEN 46 /* 4.3.12 */
#define HEADER_SIGNATURE 0x02014b50
#define LOCAL_LEN 30 /* 4.3.7 */
#define LOCAL_SIGNATURE 0x04034b50
#define EXTRA_ZIP64 0x0001     /* 4.5.3 */
#define EXTRA_USUAL 512	       /* bytes within which a local header has its zip64 field */
#define FLAG_ENCRYPTED 0x0001  /* 4.4.4 */
#define FLAG_DESCRIPTOR 0x0008 /* 4.4.4: sizes and CRC stand behind the data */
#define ABSENT32 0xffffffffu
#define ABSENT16 0xffffu

static uint16_t
get16(const unsigned char *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t
get32(const unsigned char *p)
{
	return get16(p) | (uint32_t)get16(p + 2) << 16;
}

static uint64_t
get64(const unsigned char *p)
{
	return get32(p) | (uint64_t)get32(p + 4) << 32;
}

static int
refuse(const char *why, struct err *e)
{
	return err_set(e, ERR_UNSAFE, "not a whole, consistent zip archive (cut off?): %s", why);
}

static int
read_at(int fd, void *data, size_t len, uint64_t offset, struct err *e)
{
	char *p = data;

	while (len) {
		ssize_t n = pread(fd, p, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "cannot read the image");
		if (n == 0)
			return refuse("it ends too early", e);
		p += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

/* What the end records say. */
struct end {
	uint64_t position; /* of the first of them: where the directory must end */
	uint64_t n_entries, size, offset;
};

static int
read_end64(int fd, uint64_t position, const unsigned char *locator, struct end *end, struct err *e)
{
	unsigned char record[END64_LEN];
	uint64_t at = get64(locator + 8);

	if (get32(locator + 4) != 0 || get32(locator + 16) != 1)
		return refuse("it is spread over several disks", e);
	if (at > position || position - at < LOCATOR_LEN + END64_LEN)
		return refuse("its zip64 record is not where it should be", e);
	if (read_at(fd, record, sizeof record, at, e))
		return -1;
	/* 4.3.14.1: the size leaves out the signature and itself. */
	if (get32(record) != END64_SIGNATURE ||
	    get64(record + 4) != position - LOCATOR_LEN - at - 12)
		return refuse("its zip64 record is damaged", e);
	if (get32(record + 16) != 0 || get32(record + 20) != 0 ||
	    get64(record + 24) != get64(record + 32))
		return refuse("it is spread over several disks", e);
	end->position = at;
	end->n_entries = get64(record + 32);
	end->size = get64(record + 40);
	end->offset = get64(record + 48);
	return 0;
}

/* True when an end record's fields agree with the zip64 record's, or are left to it. */
static bool
agrees(uint64_t small, uint64_t absent, uint64_t large)
{
	return small == absent || small == large;
}

static int
find_end(int fd, struct end *end, struct err *e)
{
	static const char missing[] = "its directory is missing";
	unsigned char *tail, *p = NULL;
	struct stat st;
	size_t len;
	int result = -1;

	if (fstat(fd, &st))
		return err_sys(e, "cannot look at the image");
	if (st.st_size < END_LEN)
		return refuse(missing, e);
	len = st.st_size < LOCATOR_LEN + END_LEN + COMMENT_MAX
		      ? (size_t)st.st_size
		      : LOCATOR_LEN + END_LEN + COMMENT_MAX;
	tail = malloc(len);
	if (!tail)
		return err_sys(e, "cannot read the image");
	if (read_at(fd, tail, len, (uint64_t)st.st_size - len, e))
		goto out;
	/* The last one whose comment reaches exactly to the end of the file. */
	for (size_t comment = 0; comment <= COMMENT_MAX && comment + END_LEN <= len && !p;
	     comment++)
		if (get32(tail + len - END_LEN - comment) == END_SIGNATURE &&
		    get16(tail + len - comment - 2) == comment)
			p = tail + len - END_LEN - comment;
	if (!p) {
		refuse(missing, e);
		goto out;
	}
	end->position = (uint64_t)st.st_size - len + (uint64_t)(p - tail);
	end->n_entries = get16(p + 10);
	end->size = get32(p + 12);
	end->offset = get32(p + 16);
	if (p - tail >= LOCATOR_LEN && get32(p - LOCATOR_LEN) == LOCATOR_SIGNATURE) {
		if (read_end64(fd, end->position, p - LOCATOR_LEN, end, e))
			goto out;
		if (!agrees(get16(p + 10), ABSENT16, end->n_entries) ||
		    !agrees(get32(p + 12), ABSENT32, end->size) ||
		    !agrees(get32(p + 16), ABSENT32, end->offset)) {
			refuse("its two end records disagree", e);
			goto out;
		}
	} else if (get16(p + 4) != 0 || get16(p + 6) != 0 || get16(p + 8) != get16(p + 10)) {
		refuse("it is spread over several disks", e);
		goto out;
	}
	result = 0;
out:
	free(tail);
	return result;
}

/* Takes the sizes and the offset that the zip64 extra field has for those that are absent. */
static int
take_zip64(struct central_entry *entry, const unsigned char *extra, size_t len, struct err *e)
{
	uint64_t *const fields[] = {&entry->size, &entry->compressed, &entry->offset};

	for (size_t i = 0; i + 4 <= len; i += 4 + get16(extra + i + 2)) {
		const unsigned char *p = extra + i + 4;
		size_t left = get16(extra + i + 2);

		if (left > len - i - 4)
			return refuse("an extra field is longer than its entry", e);
		if (get16(extra + i) != EXTRA_ZIP64)
			continue;
		for (size_t k = 0; k < 3; k++) {
			if (*fields[k] != ABSENT32)
				continue;
			if (left < 8)
				return refuse("a zip64 field is cut", e);
			*fields[k] = get64(p);
			p += 8;
			left -= 8;
		}
		return 0;
	}
	return 0;
}

static int
take_entry(struct central *central, struct central_entry *entry, const unsigned char *p,
	   size_t left, size_t *used, struct err *e)
{
	size_t name_len, extra_len, comment_len;

	if (left < HEADER_LEN || get32(p) != HEADER_SIGNATURE)
		return refuse("its directory is damaged", e);
	name_len = get16(p + 28);
	extra_len = get16(p + 30);
	comment_len = get16(p + 32);
	*used = HEADER_LEN + name_len + extra_len + comment_len;
	if (*used > left)
		return refuse("its directory is cut", e);
	*entry = (struct central_entry){.flags = get16(p + 8),
					.method = get16(p + 10),
					.crc = get32(p + 16),
					.compressed = get32(p + 20),
					.size = get32(p + 24),
					.name_len = (uint16_t)name_len,
					.offset = get32(p + 42)};
	if (get16(p + 34) != 0)
		return refuse("it is spread over several disks", e);
	if (memchr(p + HEADER_LEN, '\0', name_len))
		return refuse("a name has a NUL byte", e);
	if (take_zip64(entry, p + HEADER_LEN + name_len, extra_len, e))
		return -1;
	if (entry->method == CENTRAL_STORED && !(entry->flags & FLAG_ENCRYPTED) &&
	    entry->size != entry->compressed)
		return refuse("a stored entry has two sizes", e);
	if (entry->offset > central->start ||
	    central->start - entry->offset < LOCAL_LEN + name_len ||
	    central->start - entry->offset - LOCAL_LEN - name_len < entry->compressed)
		return refuse("an entry reaches past the directory", e);
	return 0;
}

static int
compare_offsets(const void *a, const void *b)
{
	const struct central_entry *left = *(struct central_entry *const *)a;
	const struct central_entry *right = *(struct central_entry *const *)b;

	return left->offset < right->offset ? -1 : left->offset > right->offset;
}

/* A window on the file, for headers that stand one behind the other. */
struct window {
	int fd;
	uint64_t start;
	size_t len;
	unsigned char data[16384];
};

/* Bytes of the file from offset on: LOCAL_LEN and a name, or all that there are. */
static int
look(struct window *w, uint64_t offset, size_t wanted, const unsigned char **data, size_t *len,
     struct err *e)
{
	ssize_t n;

	if (offset < w->start || offset - w->start + wanted > w->len) {
		do
			n = pread(w->fd, w->data, sizeof w->data, (off_t)offset);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return err_sys(e, "cannot read the image");
		w->start = offset;
		w->len = (size_t)n;
	}
	*data = w->data + (offset - w->start);
	*len = w->len - (size_t)(offset - w->start);
	return 0;
}

/* Every local header agrees with the directory, and no entry reaches into the next. */
static int
check_local_headers(const struct central *central, const struct central_entry **order, int fd,
		    struct err *e)
{
	struct window *w = calloc(1, sizeof *w);
	const unsigned char *header = NULL;
	size_t len = 0, skip = 0;
	int result = w ? 0 : err_sys(e, "cannot judge the image");

	for (size_t i = 0; !result && i < central->n_entries; i++) {
		const struct central_entry *entry = order[i];
		uint64_t end = i + 1 < central->n_entries ? order[i + 1]->offset : central->start;

		w->fd = fd;
		/* A name and extra fields are shorter than a window: others the check refuses. */
		result = look(w, entry->offset, LOCAL_LEN + (size_t)entry->name_len + EXTRA_USUAL,
			      &header, &len, e);
		if (!result)
			result = central_find_data(central, entry, header, len, &skip, e);
		if (!result && entry->offset + skip + entry->compressed > end)
			result = refuse("two entries overlap", e);
		if (result)
			err_wrap(e, "entry '%.*s'", entry->name_len < 160 ? entry->name_len : 160,
				 central->names + entry->name);
	}
	free(w);
	return result;
}

/* Overlapping entries are how a small archive becomes a huge tree. */
static int
check_places(const struct central *central, int fd, struct err *e)
{
	const struct central_entry **order = calloc(central->n_entries + 1, sizeof(void *));
	int result;

	if (!order)
		return err_sys(e, "cannot judge the image");
	for (size_t i = 0; i < central->n_entries; i++)
		order[i] = &central->entries[i];
	qsort(order, central->n_entries, sizeof *order, compare_offsets);
	result = check_local_headers(central, order, fd, e);
	free(order);
	return result;
}

/* What compare_names compares; qsort has no other way to hand it over. */
struct named {
	const char *name;
	size_t len;
};

static int
compare_names(const void *a, const void *b)
{
	const struct named *left = a, *right = b;
	size_t len = left->len < right->len ? left->len : right->len;
	int order = memcmp(left->name, right->name, len);

	return order ? order : (left->len > right->len) - (left->len < right->len);
}

/* libzip refuses these too, but does not say which they are. */
static int
check_names(const struct central *central, struct err *e)
{
	struct named *order = calloc(central->n_entries + 1, sizeof *order);
	int result = 0;

	if (!order)
		return err_sys(e, "cannot judge the image");
	for (size_t i = 0; i < central->n_entries; i++)
		order[i] = (struct named){central->names + central->entries[i].name,
					  central->entries[i].name_len};
	qsort(order, central->n_entries, sizeof *order, compare_names);
	for (size_t i = 0; !result && i + 1 < central->n_entries; i++)
		if (compare_names(&order[i], &order[i + 1]) == 0)
			result = err_set(e, ERR_UNSAFE, "entry '%.*s' is there twice",
					 order[i].len < 160 ? (int)order[i].len : 160,
					 order[i].name);
	free(order);
	return result;
}

/*
 * libzip finds names by a table whose chains a hostile image can make as long as it likes; the time
 * to open it then grows with the square of its entries.
 */
static int
check_chains(const struct central *central, struct err *e)
{
	size_t size = 256, longest = 0;
	uint32_t *chains;

	while (size < central->n_entries * 4 / 3)
		size *= 2;
	chains = calloc(size, sizeof *chains);
	if (!chains)
		return err_sys(e, "cannot judge the image");
	for (size_t i = 0; i < central->n_entries; i++) {
		const char *name = central->names + central->entries[i].name;
		uint32_t hash = 5381; /* libzip's, zip_hash.c */

		for (size_t k = 0; k < central->entries[i].name_len; k++)
			hash = hash * 33 + (unsigned char)name[k];
		if (++chains[hash % size] > longest)
			longest = chains[hash % size];
	}
	free(chains);
	return longest > CHAIN_MAX ? refuse("its names are made to be slow to look up", e) : 0;
}

static int
take_directory(struct central *central, const unsigned char *p, size_t len, struct err *e)
{
	size_t names = 0, used = 0;

	for (size_t i = 0; i < central->n_entries; i++) {
		struct central_entry *entry = &central->entries[i];

		if (take_entry(central, entry, p, len, &used, e))
			return -1;
		entry->name = (uint32_t)names;
		memcpy(central->names + names, p + HEADER_LEN, entry->name_len);
		names += entry->name_len;
		p += used;
		len -= used;
	}
	if (len)
		return refuse("its directory holds more than it says", e);
	return check_names(central, e) ? -1 : check_chains(central, e);
}

int
central_read(struct central *central, int fd, size_t n_max, struct err *e)
{
	unsigned char *directory = NULL;
	struct end end = {0};
	int result = -1;

	if (find_end(fd, &end, e))
		return -1;
	if (end.n_entries > n_max)
		return err_set(e, ERR_UNSAFE, "the image has more than %zu entries (max-entries)",
			       n_max);
	if (end.offset > end.position || end.size != end.position - end.offset)
		return refuse("its directory is not where it should be", e);
	/* Name, extra fields and comment may be 64 KiB each; in earnest they are far less. */
	if (end.size > DIRECTORY_MAX || end.size / (HEADER_LEN + 2048) > end.n_entries ||
	    end.size < end.n_entries * HEADER_LEN)
		return refuse("its directory's size does not fit its entries", e);
	central->n_entries = (size_t)end.n_entries;
	central->start = end.offset;
	central->entries = calloc(central->n_entries + 1, sizeof *central->entries);
	central->names = malloc((size_t)(end.size - end.n_entries * HEADER_LEN) + 1);
	directory = malloc((size_t)end.size + 1);
	if (!central->entries || !central->names || !directory) {
		err_sys(e, "cannot read the image's directory");
		goto out;
	}
	if (read_at(fd, directory, (size_t)end.size, end.offset, e))
		goto out;
	if (take_directory(central, directory, (size_t)end.size, e))
		goto out;
	result = check_places(central, fd, e);
out:
	free(directory);
	return result;
}

/* A field of the local header: equal, left to the zip64 field, or to what follows the data. */
static bool
is_honest(uint32_t local, uint64_t truth, bool follows)
{
	return local == truth || local == ABSENT32 || (follows && local == 0);
}

/* What the local header leaves to its zip64 field must be there, and the same. */
static int
check_local_zip64(const struct central_entry *entry, const unsigned char *header,
		  const unsigned char *extra, size_t len, struct err *e)
{
	struct central_entry local = {.size = get32(header + 22), .compressed = get32(header + 18)};

	if (local.size != ABSENT32 && local.compressed != ABSENT32)
		return 0;
	if (take_zip64(&local, extra, len, e))
		return -1;
	/* Where they follow the data both may be 0. */
	if (get16(header + 6) & FLAG_DESCRIPTOR && local.size == 0 && local.compressed == 0)
		return 0;
	if (local.size != entry->size || local.compressed != entry->compressed)
		return refuse("an entry's header and the directory disagree", e);
	return 0;
}

int
central_find_data(const struct central *central, const struct central_entry *entry,
		  const unsigned char *header, size_t len, size_t *skip, struct err *e)
{
	static const char differs[] = "an entry's header and the directory disagree";
	const char *name = central->names + entry->name;
	size_t fixed = LOCAL_LEN + (size_t)entry->name_len, extra_len;
	bool follows = entry->flags & FLAG_DESCRIPTOR;

	if (len < fixed || get32(header) != LOCAL_SIGNATURE)
		return refuse("an entry has no header of its own", e);
	if (get16(header + 6) != entry->flags || get16(header + 8) != entry->method ||
	    get16(header + 26) != entry->name_len ||
	    memcmp(header + LOCAL_LEN, name, entry->name_len) != 0)
		return refuse(differs, e);
	if ((get32(header + 14) != entry->crc && !(follows && get32(header + 14) == 0)) ||
	    !is_honest(get32(header + 18), entry->compressed, follows) ||
	    !is_honest(get32(header + 22), entry->size, follows))
		return refuse(differs, e);
	extra_len = get16(header + 28);
	*skip = fixed + extra_len;
	if (entry->offset + *skip + entry->compressed > central->start)
		return refuse("an entry reaches past the directory", e);
	if (extra_len > len - fixed)
		extra_len = len - fixed;
	return check_local_zip64(entry, header, header + fixed, extra_len, e);
}

void
central_free(struct central *central)
{
	free(central->entries);
	free(central->names);
	*central = CENTRAL_INIT;
}
