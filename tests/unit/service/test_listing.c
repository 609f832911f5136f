/* SPDX-License-Identifier: MIT */
/* test_listing - which names in the directory of all services are services, and their order. */
#include "service/listing.h"

#include <stdlib.h>

#include "scratch_root.h"
#include "tests.h"

START_TEST(services_are_listed_in_name_order_and_nothing_else)
{
	static const char *const expected[] = {"A1", "a1", "a10", "a2", "b.1"};
	struct paths paths;
	struct err e = ERR_INIT;
	char **ids;
	size_t n;

	scratch_mkdir("services/a2/");
	scratch_mkdir("services/a10/");
	scratch_mkdir("services/b.1/");
	scratch_mkdir("services/a1/");
	scratch_mkdir("services/A1/");
	scratch_mkdir("services/.enstratus/a9/");
	scratch_mkdir("services/.hidden/");
	scratch_mkdir("services/lost+found/");
	scratch_mkdir("services/-x/");
	scratch_write("services/afile", "");
	ck_assert_int_eq(symlinkat("a1", scratch_fd, "services/alink"), 0);
	ck_assert_int_eq(paths_load(&paths, &e), 0);
	ck_assert_int_eq(listing_read(&paths, &ids, &n, &e), 0);
	ck_assert_uint_eq(n, 5);
	for (size_t i = 0; i < n; i++)
		ck_assert_str_eq(ids[i], expected[i]);
	listing_free(ids, n);
}
END_TEST

START_TEST(no_services_are_an_empty_list_and_no_directory_is_a_failure)
{
	struct paths paths;
	struct err e = ERR_INIT;
	char **ids;
	size_t n;

	ck_assert_int_eq(paths_load(&paths, &e), 0);
	ck_assert_int_eq(listing_read(&paths, &ids, &n, &e), 0);
	ck_assert_uint_eq(n, 0);
	listing_free(ids, n);
	setenv("ENSTRATUS_SERVICES_DIR", scratch_path("none"), 1);
	ck_assert_int_eq(paths_load(&paths, &e), 0);
	ck_assert_int_eq(listing_read(&paths, &ids, &n, &e), -1);
	listing_free(ids, n);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_root_setup, scratch_root_teardown);
	tcase_add_test(tc, services_are_listed_in_name_order_and_nothing_else);
	tcase_add_test(tc, no_services_are_an_empty_list_and_no_directory_is_a_failure);
}
