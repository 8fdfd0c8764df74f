// SPDX-License-Identifier: LGPL-2.1-or-later
#include "transition_changes.hpp"

#include <gtest/gtest.h>

using namespace klp;

namespace {

LoadedPatch patch(const std::string &name, bool enabled, bool in_transition)
{
	LoadedPatch patch = {};
	patch.name = name;
	patch.enabled = enabled;
	patch.in_transition = in_transition;
	return patch;
}

// "start fix in, complete fix in"
std::string words(const std::vector<Step> &steps)
{
	std::string text;
	for (const Step &step : steps)
		text += (text.empty() ? "" : ", ") + std::string(name_of(step.kind)) + " " +
			step.patch + (*step.patching ? " in" : " out");
	return text;
}

}

TEST(transition_changes, sysfs_shows_start_reversal_and_end)
{
	TransitionChanges changes;
	EXPECT_EQ(words(changes.seen({patch("idle", true, false)})), "");
	EXPECT_EQ(words(changes.seen({patch("fix", true, true)})), "start fix in");
	EXPECT_EQ(words(changes.seen({patch("fix", true, true)})), "");
	EXPECT_EQ(words(changes.seen({patch("fix", false, true)})), "reverse fix out");
	EXPECT_EQ(words(changes.seen({patch("fix", true, true)})), "reverse fix in");
	EXPECT_EQ(words(changes.seen({patch("fix", true, false)})), "complete fix in");
	EXPECT_EQ(words(changes.seen({patch("fix", false, true)})), "start fix out");
	EXPECT_EQ(words(changes.seen({})), "complete fix out");
}

TEST(transition_changes, a_patch_on_its_way_in_is_not_enabled_at_first)
{
	TransitionChanges changes;
	LoadedPatch coming = patch("fix", false, true);
	coming.being_inserted = true;
	EXPECT_EQ(words(changes.seen({coming})), "start fix in");
	EXPECT_EQ(words(changes.seen({patch("fix", true, true)})), "");
	EXPECT_EQ(words(changes.seen({patch("fix", false, true)})), "reverse fix out");
}

TEST(transition_changes, the_log_tells_all_three)
{
	TransitionChanges changes;
	EXPECT_EQ(words(changes.logged("livepatch: enabling patch 'fix'")), "");
	EXPECT_EQ(words(changes.logged("livepatch: 'fix': starting patching transition")),
		  "start fix in");
	EXPECT_EQ(words(changes.logged("livepatch: 'fix': starting unpatching transition")),
		  "reverse fix out");
	EXPECT_EQ(words(changes.logged("livepatch: 'fix': unpatching complete")),
		  "complete fix out");
	EXPECT_EQ(words(changes.logged("livepatch: 'fix': starting patching transition")),
		  "start fix in");
}

TEST(transition_changes, the_log_turns_round_what_sysfs_showed_at_first)
{
	TransitionChanges changes;
	changes.seen({patch("fix", true, true)});
	EXPECT_EQ(words(changes.logged("livepatch: 'fix': starting unpatching transition")),
		  "reverse fix out");
}

TEST(transition_changes, other_lines_say_nothing)
{
	TransitionChanges changes;
	for (const char *line :
	     {"", "livepatch: '", "fix: starting patching transition",
	      "livepatch: 'fix': starting transition", "livepatch: 'fix': patching complete "})
		EXPECT_EQ(words(changes.logged(line)), "") << line;
}
