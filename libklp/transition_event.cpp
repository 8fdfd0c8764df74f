// SPDX-License-Identifier: LGPL-2.1-or-later
#include <klp/transition_event.hpp>

namespace klp {

const char *name_of(TransitionEvent::Kind kind)
{
	switch (kind) {
	case TransitionEvent::Kind::start:
		return "start";
	case TransitionEvent::Kind::pass:
		return "pass";
	case TransitionEvent::Kind::reverse:
		return "reverse";
	case TransitionEvent::Kind::force:
		return "force";
	case TransitionEvent::Kind::complete:
		return "complete";
	case TransitionEvent::Kind::cancel:
		return "cancel";
	case TransitionEvent::Kind::task:
		return "task";
	}
	return "";
}

const char *name_of(Task::Reason reason)
{
	switch (reason) {
	case Task::Reason::none:
		return "";
	case Task::Reason::running:
		return "running";
	case Task::Reason::unreliable_stack:
		return "unreliable-stack";
	case Task::Reason::in_function:
		return "in-function";
	case Task::Reason::other:
		return "other";
	}
	return "";
}

}
