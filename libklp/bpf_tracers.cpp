// SPDX-License-Identifier: LGPL-2.1-or-later
// Each attached program has a link. The link of a tracing program names its function by an id of
// the BTF that has the function: the kernel's own, or a module's on top of it.
//
// A trampoline also calls an LSM program of a cgroup, but its link is the cgroup's: then the
// program names the function.
#include "bpf_tracers.hpp"
#include "try.hpp"
#include "unique_fd.hpp"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <cerrno>
#include <cstring>
#include <map>

namespace klp {

namespace {

using Types = std::unique_ptr<btf, void (*)(btf *)>;

// The names of functions, by the BTF object that holds them.
class FunctionNames {
public:
	// Finds the program's function; false for a function that no BTF of the kernel names.
	Result<bool> find(uint32_t object_id, uint32_t function_id, Tracer *tracer);

private:
	struct Object {
		std::string name;
		Types types;
	};
	// nullptr for an id that is no BTF of the kernel or of a module: a program on another
	// program has the id of that program instead.
	Result<const Object *> object(uint32_t id);
	Result<btf *> kernel();

	Types kernel_ = {nullptr, btf__free};
	std::map<uint32_t, Object> objects_;
};

template <class Info> Result<Info> read_info(int fd)
{
	Info info = {};
	uint32_t size = sizeof(info);
	if (bpf_obj_get_info_by_fd(fd, &info, &size) != 0)
		return fail(errno, "cannot read what BPF tells of an object: %s", strerror(errno));
	return info;
}

Result<btf *> FunctionNames::kernel()
{
	if (!kernel_)
		kernel_.reset(btf__parse("/sys/kernel/btf/vmlinux", nullptr));
	if (!kernel_)
		return fail(errno, "cannot read the kernel's BTF: %s", strerror(errno));
	return kernel_.get();
}

Result<const FunctionNames::Object *> FunctionNames::object(uint32_t id)
{
	auto known = objects_.find(id);
	if (known != objects_.end())
		return &known->second;
	UniqueFd fd(bpf_btf_get_fd_by_id(id));
	if (fd.get() < 0 && errno == ENOENT)
		return nullptr;
	if (fd.get() < 0)
		return fail(errno, "cannot open BTF %u: %s", id, strerror(errno));
	char name[64] = "";
	bpf_btf_info info = {};
	info.name = reinterpret_cast<uintptr_t>(name);
	info.name_len = sizeof(name);
	uint32_t size = sizeof(info);
	if (bpf_obj_get_info_by_fd(fd.get(), &info, &size) != 0)
		return fail(errno, "cannot read what BPF tells of BTF %u: %s", id, strerror(errno));
	if (!info.kernel_btf)
		return nullptr;
	Object object = {name, {nullptr, btf__free}};
	if (object.name != "vmlinux") {
		btf *base = TRY(kernel());
		std::string path = "/sys/kernel/btf/" + object.name;
		object.types.reset(btf__parse_split(path.c_str(), base));
		if (!object.types)
			return fail(errno, "cannot read the BTF of '%s': %s", name,
				    strerror(errno));
	}
	return &objects_.emplace(id, std::move(object)).first->second;
}

Result<bool> FunctionNames::find(uint32_t object_id, uint32_t function_id, Tracer *tracer)
{
	const Object *from = TRY(object(object_id));
	if (!from)
		return false;
	const btf *types = from->types.get();
	if (!types)
		types = TRY(kernel());
	const btf_type *type = btf__type_by_id(types, function_id);
	if (!type || !btf_is_func(type))
		return false;
	tracer->object = from->name;
	tracer->function = btf__name_by_offset(types, type->name_off);
	return true;
}

bool kind_of(uint32_t attach_type, Tracer::Kind *kind)
{
	switch (attach_type) {
	case BPF_TRACE_FENTRY:
		*kind = Tracer::Kind::fentry;
		return true;
	case BPF_TRACE_FEXIT:
		*kind = Tracer::Kind::fexit;
		return true;
	case BPF_MODIFY_RETURN:
		*kind = Tracer::Kind::fmod_ret;
		return true;
	case BPF_LSM_MAC:
	case BPF_LSM_CGROUP:
		*kind = Tracer::Kind::lsm;
		return true;
	default: // no other kind of program takes a function's place
		return false;
	}
}

// The tracer for a link, if the link is on a function of the kernel.
Result<std::optional<Tracer>> read_link(int fd, FunctionNames *names)
{
	bpf_link_info link = TRY(read_info<bpf_link_info>(fd));
	Tracer tracer = {};
	bool of_cgroup = link.type == BPF_LINK_TYPE_CGROUP;
	if (!of_cgroup && link.type != BPF_LINK_TYPE_TRACING)
		return std::nullopt;
	if (!kind_of(of_cgroup ? link.cgroup.attach_type : link.tracing.attach_type, &tracer.kind))
		return std::nullopt;
	UniqueFd program(bpf_prog_get_fd_by_id(link.prog_id));
	if (program.get() < 0)
		return fail(errno, "cannot open BPF program %u: %s", link.prog_id, strerror(errno));
	bpf_prog_info info = TRY(read_info<bpf_prog_info>(program.get()));
	bool found = TRY(
		names->find(of_cgroup ? info.attach_btf_obj_id : link.tracing.target_obj_id,
			    of_cgroup ? info.attach_btf_id : link.tracing.target_btf_id, &tracer));
	if (!found)
		return std::nullopt;
	tracer.name.assign(info.name, strnlen(info.name, sizeof(info.name)));
	tracer.id = link.prog_id;
	tracer.may_suppress =
		tracer.kind == Tracer::Kind::fmod_ret || tracer.kind == Tracer::Kind::lsm;
	return tracer;
}

}

Result<std::vector<Tracer>> read_bpf_tracers(const std::string &root)
{
	if (!root.empty())
		return fail(ENOTSUP, "klp lists BPF programs of the running kernel only");
	std::vector<Tracer> tracers;
	FunctionNames names;
	uint32_t id = 0;
	while (bpf_link_get_next_id(id, &id) == 0) {
		UniqueFd fd(bpf_link_get_fd_by_id(id));
		if (fd.get() < 0 && errno == ENOENT) // the link went meanwhile
			continue;
		if (fd.get() < 0)
			return fail(errno, "cannot open BPF link %u: %s", id, strerror(errno));
		std::optional<Tracer> tracer = TRY(read_link(fd.get(), &names));
		if (tracer)
			tracers.push_back(std::move(*tracer));
	}
	if (errno != ENOENT)
		return fail(errno, "cannot list BPF links: %s", strerror(errno));
	return tracers;
}

}
