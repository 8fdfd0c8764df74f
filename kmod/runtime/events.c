// SPDX-License-Identifier: GPL-2.0
/*
 * Each open file has a ring of events. When the ring is full, later events are
 * counted instead of kept. The count comes as an event of its own once there is
 * room, so a late reader knows that events are missing, and where.
 */
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "runtime.h"

static void klprt_push(struct klprt_file *file, const struct klprt_event *event)
{
	file->ring[(file->begin + file->count) % KLPRT_RING] = *event;
	file->count++;
}

static void klprt_make_lost(const struct klprt_file *file, struct klprt_event *event)
{
	*event = (struct klprt_event) {
		.size = sizeof(*event),
		.kind = KLPRT_LOST,
		.time_ns = file->lost_ns,
		.pass = file->lost,
	};
}

void klprt_event(enum klprt_event_kind kind, u64 duration_ns)
{
	struct klprt_event event = {
		.size = sizeof(event),
		.kind = kind,
		.time_ns = ktime_get_ns(),
		.duration_ns = duration_ns,
		.pass = klprt_transition.passes,
		.state = klprt_transition.state,
	};
	struct klprt_event lost;
	struct klprt_file *file;

	memcpy(event.patch, klprt_transition.patch, sizeof(event.patch));
	list_for_each_entry(file, &klprt_files, node) {
		/* The event that counts lost events goes in before the new event. */
		if (file->lost && file->count + 2 <= KLPRT_RING) {
			klprt_make_lost(file, &lost);
			klprt_push(file, &lost);
			file->lost = 0;
		}
		if (!file->lost && file->count < KLPRT_RING)
			klprt_push(file, &event);
		else if (!file->lost++)
			file->lost_ns = event.time_ns;
		wake_up_all(&file->wait);
	}
}

bool klprt_peek_event(const struct klprt_file *file, struct klprt_event *event)
{
	if (file->count)
		*event = file->ring[file->begin];
	else if (file->lost)
		klprt_make_lost(file, event);
	return file->count || file->lost;
}

/* EVENT is from klprt_peek_event(). More events may have come or been lost since. */
void klprt_drop_event(struct klprt_file *file, const struct klprt_event *event)
{
	if (file->count && !memcmp(&file->ring[file->begin], event, sizeof(*event))) {
		file->begin = (file->begin + 1) % KLPRT_RING;
		file->count--;
	} else {
		file->lost -= min(file->lost, event->pass);
	}
}
