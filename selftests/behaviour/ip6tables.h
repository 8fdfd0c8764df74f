/* SPDX-License-Identifier: LGPL-2.1-or-later */
//
// A rule for outgoing IPv6 packets: replaces the filter table by one that has this rule and
// nothing else.
#pragma once

#include <limits.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

#include <linux/netfilter_ipv6/ip6_tables.h>

#include "behaviour.h"

struct table {
	struct ip6t_replace head;
	char entries[4000] __attribute__((aligned(8)));
};

static inline void *append(struct table *table, size_t size)
{
	void *at = table->entries + table->head.size;

	table->head.size += XT_ALIGN(size);
	if (table->head.size > sizeof(table->entries))
		saw(UNDECIDED, "a table of %u bytes", table->head.size);
	return at;
}

static inline struct ip6t_entry *begin_entry(struct table *table)
{
	table->head.num_entries++;
	return append(table, sizeof(struct ip6t_entry));
}

static inline void add_match(struct table *table, const char *name, const void *data, size_t size)
{
	struct xt_entry_match *match = append(table, sizeof(*match) + size);

	match->u.match_size = XT_ALIGN(sizeof(*match) + size);
	strcpy(match->u.user.name, name);
	memcpy(match->data, data, size);
}

// The entry's target is what is appended next.
static inline void *end_entry(struct table *table, struct ip6t_entry *entry, size_t size)
{
	struct xt_entry_target *target = append(table, size);

	entry->target_offset = (char *)target - (char *)entry;
	entry->next_offset = entry->target_offset + XT_ALIGN(size);
	target->u.target_size = XT_ALIGN(size);
	return target;
}

static inline void end_with_accept(struct table *table, struct ip6t_entry *entry)
{
	struct xt_standard_target *target = end_entry(table, entry, sizeof(*target));

	target->verdict = -NF_ACCEPT - 1;
}

static inline void end_table(struct table *table)
{
	struct xt_error_target *target = end_entry(table, begin_entry(table), sizeof(*target));

	strcpy(target->target.u.user.name, XT_ERROR_TARGET);
	strcpy(target->errorname, "ERROR");
}

static inline void accept_all(struct table *table, int hook)
{
	table->head.hook_entry[hook] = table->head.underflow[hook] = table->head.size;
	end_with_accept(table, begin_entry(table));
}

// Makes a rule with the match of that name; returns 0, or the errno of the refusal.
static inline int make_rule(int socket, const char *name, const void *data, size_t size)
{
	// The kernel returns the counters of the earlier entries.
	struct xt_counters counters[64];
	struct ip6t_getinfo now = { .name = "filter" };
	socklen_t now_size = sizeof(now);
	struct table table = { .head = { .name = "filter", .counters = counters } };
	struct ip6t_entry *entry;

	if (getsockopt(socket, IPPROTO_IPV6, IP6T_SO_GET_INFO, &now, &now_size))
		cannot("ask for the filter table");
	if (now.num_entries > sizeof(counters) / sizeof(*counters))
		saw(UNDECIDED, "the filter table has %u entries", now.num_entries);
	table.head.num_counters = now.num_entries;
	table.head.valid_hooks = now.valid_hooks;
	accept_all(&table, NF_INET_LOCAL_IN);
	accept_all(&table, NF_INET_FORWARD);
	entry = begin_entry(&table);
	add_match(&table, name, data, size);
	end_with_accept(&table, entry);
	accept_all(&table, NF_INET_LOCAL_OUT);
	table.head.hook_entry[NF_INET_LOCAL_OUT] = (char *)entry - table.entries;
	end_table(&table);
	if (setsockopt(socket, IPPROTO_IPV6, IP6T_SO_SET_REPLACE, &table,
		       sizeof(table.head) + table.head.size))
		return errno;
	return 0;
}

static inline int raw_socket(void)
{
	int made = socket(AF_INET6, SOCK_RAW, IPPROTO_RAW);

	if (made < 0)
		cannot("make a raw socket");
	return made;
}
