/* SPDX-License-Identifier: LGPL-2.1-or-later */
//
// Makes a network device and the queues for its packets, by messages to the kernel.
#pragma once

#include <fcntl.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if.h>
#include <linux/if_packet.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "behaviour.h"

static const char device[] = "behaviour0";
enum { DEVICE = 1000 }; // its index

struct message {
	struct nlmsghdr head;
	char body[1000];
};

static inline void begin(struct message *message, int type, int flags, const void *what,
			 size_t size)
{
	memset(message, 0, sizeof(*message));
	message->head.nlmsg_type = type;
	message->head.nlmsg_flags = NLM_F_REQUEST | flags;
	message->head.nlmsg_len = NLMSG_LENGTH(size);
	memcpy(message->body, what, size);
}

// The attribute, since data put behind it may belong to it: then grow_to_end() closes it.
static inline struct rtattr *add(struct message *message, int type, const void *value, size_t size)
{
	struct rtattr *attribute =
		(struct rtattr *)((char *)message + NLMSG_ALIGN(message->head.nlmsg_len));

	attribute->rta_type = type;
	attribute->rta_len = RTA_LENGTH(size);
	if (size)
		memcpy(RTA_DATA(attribute), value, size);
	message->head.nlmsg_len =
		NLMSG_ALIGN(message->head.nlmsg_len) + RTA_ALIGN(attribute->rta_len);
	return attribute;
}

static inline void grow_to_end(struct message *message, struct rtattr *attribute)
{
	attribute->rta_len = (char *)message + message->head.nlmsg_len - (char *)attribute;
}

// Sends the message and receives the answer in the message's place.
static inline void ask(struct message *message, size_t size, const char *what)
{
	int to_kernel = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	struct nlmsgerr *answer;
	ssize_t got;

	if (to_kernel < 0 || send(to_kernel, message, message->head.nlmsg_len, 0) < 0)
		cannot("speak to the kernel");
	got = recv(to_kernel, message, size, MSG_TRUNC);
	close(to_kernel);
	if (got < (ssize_t)sizeof(message->head) || got > (ssize_t)size)
		saw(UNDECIDED, "%s: an answer of %zd bytes", what, got);
	answer = NLMSG_DATA(&message->head);
	errno = message->head.nlmsg_type == NLMSG_ERROR ? -answer->error : 0;
	if (errno)
		cannot(what);
}

static inline void do_ask(struct message *message, const char *what)
{
	message->head.nlmsg_flags |= NLM_F_ACK;
	ask(message, sizeof(*message), what);
}

static inline void no_ipv6(void)
{
	int off;
	char path[100];

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6", device);
	off = open(path, O_WRONLY);
	if (off < 0 || write(off, "1", 1) != 1)
		cannot("keep IPv6 from sending");
	close(off);
}

// A dummy with two queues, up, over which nobody else sends.
static inline void make_device(void)
{
	struct ifinfomsg link = { .ifi_index = DEVICE };
	struct message message;
	struct rtattr *info;
	unsigned int queues = 2;

	begin(&message, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof(link));
	add(&message, IFLA_IFNAME, device, sizeof(device));
	add(&message, IFLA_NUM_TX_QUEUES, &queues, sizeof(queues));
	info = add(&message, IFLA_LINKINFO, NULL, 0);
	add(&message, IFLA_INFO_KIND, "dummy", strlen("dummy"));
	grow_to_end(&message, info);
	do_ask(&message, "make a device");
	no_ipv6();

	link.ifi_flags = link.ifi_change = IFF_UP;
	begin(&message, RTM_NEWLINK, 0, &link, sizeof(link));
	do_ask(&message, "set a device up");
}

static inline void remove_device(void)
{
	struct ifinfomsg link = { .ifi_index = DEVICE };
	struct message message;

	begin(&message, RTM_DELLINK, 0, &link, sizeof(link));
	do_ask(&message, "remove a device");
}

// The beginning of a message that puts a queue below parent; its options are to be added.
static inline void begin_queue(struct message *message, unsigned int parent, unsigned int handle,
			       const char *kind)
{
	struct tcmsg queue = { .tcm_ifindex = DEVICE, .tcm_parent = parent, .tcm_handle = handle };

	begin(message, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, &queue, sizeof(queue));
	add(message, TCA_KIND, kind, strlen(kind) + 1);
}

// An IPv4 header and eight bytes more, to nobody.
static inline void send_packet(void)
{
	struct sockaddr_ll nobody = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETHERTYPE_IP),
		.sll_ifindex = DEVICE,
		.sll_halen = ETHER_ADDR_LEN,
		.sll_addr = { 2, 0, 0, 0, 0, 1 },
	};
	static const char packet[28] = { 0x45 };
	int sender = socket(AF_PACKET, SOCK_DGRAM, 0);

	if (sender < 0 || sendto(sender, packet, sizeof(packet), 0, (struct sockaddr *)&nobody,
				 sizeof(nobody)) != sizeof(packet))
		cannot("send a packet");
	close(sender);
}
