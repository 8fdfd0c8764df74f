// SPDX-License-Identifier: LGPL-2.1-or-later
#include "jobs.hpp"
#include "../libklp/file.hpp"
#include "../libklp/try.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <klp/masked.hpp>
#include <map>
#include <optional>
#include <sched.h>
#include <sstream>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace klp {

std::string shell_word(const std::string &argument)
{
	std::string text = "'";
	for (char letter : argument)
		text += letter == '\'' ? "'\\''" : std::string(1, letter);
	return text + "'";
}

static volatile sig_atomic_t interrupted;

static std::optional<Sandbox> &confinement()
{
	static std::optional<Sandbox> sandbox;
	return sandbox;
}

void confine_jobs(const std::optional<Sandbox> &sandbox)
{
	confinement() = sandbox;
}

static size_t most_at_once;
static std::function<void(const std::string &, const std::string &)> shown_to;

void limit_jobs(size_t most)
{
	most_at_once = most;
}

void show_jobs(std::function<void(const std::string &, const std::string &)> show)
{
	shown_to = std::move(show);
}

void interrupt_jobs()
{
	interrupted = 1;
}

// PATH without the folders that depend on where a program runs: "", "." and "bin".
std::string program_folders()
{
	const char *value = getenv("PATH");
	std::istringstream folders(value ? value : "");
	std::string path, folder;
	while (std::getline(folders, folder, ':')) {
		if (folder.starts_with('/'))
			path += (path.empty() ? "" : ":") + folder;
	}
	return path.empty() ? "/usr/bin:/bin" : path;
}

namespace {

// A command, and its output in memory.
struct Running {
	pid_t pid;
	UniqueFd out, err;
	const Job *job;
};

// Masked, but for the ends of its lines and its tabs.
std::string with_its_lines(std::string_view text)
{
	std::string masked_text;
	while (!text.empty()) {
		size_t end = std::min(text.find_first_of("\n\t"), text.size());
		masked_text += masked(text.substr(0, end));
		if (end < text.size())
			masked_text += text[end++];
		text.remove_prefix(end);
	}
	return masked_text;
}

Result<UniqueFd> memory_file()
{
	UniqueFd fd(memfd_create("klp-build", MFD_CLOEXEC));
	if (!fd)
		return fail(errno, "cannot make a file in memory: %s", strerror(errno));
	return fd;
}

Result<std::string> content_of(const UniqueFd &fd)
{
	off_t size = lseek(fd.get(), 0, SEEK_END);
	std::string text(std::max<off_t>(size, 0), '\0');
	ssize_t got = pread(fd.get(), text.data(), text.size(), 0);
	if (size < 0 || got != size)
		return fail(EIO, "cannot read what a command printed: %s", strerror(errno));
	while (text.ends_with('\n'))
		text.pop_back();
	return text;
}

// The environment in the form of execve(2).
std::vector<char *> pointers_to(std::vector<std::string> &words)
{
	std::vector<char *> pointers;
	for (std::string &word : words)
		pointers.push_back(word.data());
	pointers.push_back(nullptr);
	return pointers;
}

bool is_confined(const Job &job)
{
	return confinement() && !job.outside;
}

std::vector<std::string> environment_of(const Job &job)
{
	if (is_confined(job))
		return {"LC_ALL=C", "PATH=/usr/local/bin:/usr/bin:/bin"};
	std::vector<std::string> environment = {"LC_ALL=C", "PATH=" + program_folders()};
	for (const char *name :
	     {"HOME", "TMPDIR", "CCACHE_DIR", "CCACHE_CONFIGPATH", "CCACHE_DISABLE"}) {
		if (const char *value = getenv(name))
			environment.push_back(std::string(name) + "=" + value);
	}
	environment.insert(environment.end(), job.environment.begin(), job.environment.end());
	return environment;
}

[[noreturn]] void exec_in_child(const Job &job, const UniqueFd &out, const UniqueFd &err)
{
	std::vector<std::string> environment = environment_of(job);
	std::vector<std::string> arguments = {"/bin/sh", "-c", job.command};
	if (is_confined(job))
		arguments = confinement()->around(job.command, job.folder);
	dup2(out.get(), STDOUT_FILENO);
	if (!job.talks)
		dup2(err.get(), STDERR_FILENO);
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null >= 0)
		dup2(null, STDIN_FILENO);
	// The caller may have left any file open.
	close_range(STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC);
	if (job.folder.empty() || chdir(job.folder.c_str()) == 0)
		execve(arguments[0].c_str(), pointers_to(arguments).data(),
		       pointers_to(environment).data());
	_exit(127);
}

Result<Running> start(const Job &job)
{
	if (interrupted)
		return fail(ECANCELED, "interrupted");
	if (shown_to)
		shown_to(job.folder, job.command);
	Running running;
	running.out = TRY(memory_file());
	running.err = TRY(memory_file());
	running.job = &job;
	running.pid = fork();
	if (running.pid < 0)
		return fail(errno, "cannot %s: %s", job.what.c_str(), strerror(errno));
	if (running.pid == 0)
		exec_in_child(job, running.out, running.err);
	return running;
}

// Waits for the end of one of the processes, or only of this one; pid as in waitpid(2).
pid_t wait_for(pid_t pid, const std::map<pid_t, Running> &running, int *status)
{
	for (;;) {
		if (interrupted) {
			for (const auto &[child, job] : running)
				kill(child, SIGTERM);
		}
		pid_t ended = waitpid(pid, status, 0);
		if (ended >= 0 || errno != EINTR)
			return ended;
	}
}

// The stderr of the command, unless it goes to the user.
Result<std::string> judge(const Running &running, int status)
{
	if (interrupted)
		return fail(ECANCELED, "interrupted");
	bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	if (running.job->talks && !good)
		return fail(EIO, "cannot %s: the command ended with the status %d",
			    running.job->what.c_str(),
			    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	std::string said = TRY(content_of(running.err));
	if (good)
		return with_its_lines(said);
	if (said.empty())
		said = TRY(content_of(running.out));
	std::unexpected<Error> failed = fail(EIO, "cannot %s:", running.job->what.c_str());
	failed.error().message += said.empty() ? " the command failed and printed nothing"
					       : "\n" + with_its_lines(said);
	return failed;
}

}

size_t jobs_at_once()
{
	cpu_set_t set;
	CPU_ZERO(&set);
	if (most_at_once != 0 || sched_getaffinity(0, sizeof(set), &set) != 0)
		return std::max<size_t>(most_at_once, 1);
	return CPU_COUNT(&set);
}

Result<std::string> output_of(const Job &job)
{
	Running started = TRY(start(job));
	pid_t pid = started.pid;
	std::map<pid_t, Running> running;
	running.emplace(pid, std::move(started));
	int status = 0;
	wait_for(pid, running, &status);
	TRY(judge(running.at(pid), status));
	return content_of(running.at(pid).out);
}

Result<std::vector<std::string>> run_all(const std::vector<Job> &jobs)
{
	std::map<pid_t, Running> running;
	std::vector<std::string> said(jobs.size());
	std::optional<Error> failed;
	size_t next = 0, limit = jobs_at_once();
	while (!running.empty() || (next < jobs.size() && !failed)) {
		if (next < jobs.size() && running.size() < limit && !failed) {
			Result<Running> started = start(jobs[next++]);
			if (!started)
				failed = started.error();
			else
				running.emplace(started->pid, std::move(*started));
			continue;
		}
		int status = 0;
		pid_t pid = wait_for(-1, running, &status);
		auto ended = running.find(pid);
		if (ended == running.end())
			continue;
		Result<std::string> text = judge(ended->second, status);
		if (text)
			said[ended->second.job - jobs.data()] = std::move(*text);
		else if (!failed)
			failed = text.error();
		running.erase(ended);
	}
	if (failed)
		return std::unexpected(*failed);
	return said;
}

}
