// SPDX-License-Identifier: LGPL-2.1-or-later
// The boundary at which bytes of the network become a document. The input is one document of any
// schema, or a token.
#include "../../../libklp/fuzz/must.hpp"
#include "../../../libklp/fuzz/target.hpp"
#include "../admin_access.hpp"
#include "../admin_lists.hpp"
#include "../hub_facts.hpp"
#include "../kernel_support.hpp"
#include "../notice.hpp"
#include "../offers.hpp"
#include "../patch_facts.hpp"
#include "../problem.hpp"
#include "../recalls.hpp"
#include "../report.hpp"
#include "../rollout.hpp"
#include "../token.hpp"
#include "../upload.hpp"

#include <cerrno>

using namespace klp;
using namespace klp::protocol;

namespace {

// True if the text is a T. refusal is that of the T whose schema it claims to have.
template <class T> bool reads(std::string_view text, std::string *refusal)
{
	Checked<T> value = read<T>(text);
	if (!value) {
		if (value.error().message.find("'schema' is not") == std::string::npos)
			*refusal = value.error().message;
		return false;
	}
	Checked<T> again = read<T>(value->to_json().dump());
	must(again && *again == *value, "a document that is written is read as it was");
	return true;
}

template <class... Kinds> bool reads_any(std::string_view text, std::string *refusal)
{
	return (reads<Kinds>(text, refusal) | ...);
}

}

Result<> read_input(const std::string &, std::span<const std::byte> bytes)
{
	std::string_view text = {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
	Checked<Token> token = Token::from_text(text);
	if (token) {
		must(*Token::from_text(token->text()) == *token,
		     "a token that is written is read as it was");
		return {};
	}
	std::string refusal = token.error().message;
	if (reads_any<Token, Attach, Attached, CheckIn, CheckedIn, Report, Problem, Health,
		      HubFacts, PatchFacts, KernelSupport, Recalls, Offers, Notice, AdminAccess,
		      Identity, Upload, Published, Stored, Tiers, Promotion, PromotionOfAll, Block,
		      NewToken, Removal, Tokens, Machines, Audit>(text, &refusal))
		return {};
	// As the hub answers with it.
	if (refusal.size() <= longest_message) {
		Problem problem = {ProblemKind::malformed, refusal};
		Checked<Problem> again = read<Problem>(problem.to_json().dump());
		must(again && *again == problem, "a refusal can be the message of a problem");
	}
	return std::unexpected(Error{EBADMSG, refusal});
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	(void)read_input("input.json", std::as_bytes(std::span(data, size)));
	return 0;
}
