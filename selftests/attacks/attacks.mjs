// SPDX-License-Identifier: LGPL-2.1-or-later
// Each folder here is an attack on a machine that has seen an honest repository. Its attack.mjs
// exports:
//
//	end	what the machine then says: repository and refused as status.json has them, or the hub
//		is told another state; the verdict, and the one after it was mended, where it is none
//		of patch 1; says, a pattern of the repository's message
//	prepare	what happens before, honestly: prepare(site)
//	attack	what the attacker does: attack(site)
//	check	what else is looked at then: check(site)
//	mend	what it takes to be honest again, if not that the mirror passes on what the hub has
//	before	words in front of the machine's refresh then; beforeMended, and after
//
// The machine keeps the documents and patches that it had, and recovers by its next refresh.
//
//	O=build node selftests/attacks/attacks.mjs [NAME]
import { deepEqual, equal, match } from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { runTests } from '../hub/hub.mjs';
import { AttackedSite, ready } from './attacked_site.mjs';

const here = path.dirname(new URL(import.meta.url).pathname);

function same(verdict, wanted)
{
	if (wanted instanceof RegExp)
		match(verdict, wanted);
	else
		equal(verdict, wanted);
}

// Under the attack, and after.
async function look(site, end, before)
{
	const { out, err } = await site.verb('refresh', [], { before });
	const status = site.status();
	equal(status.repository, end.repository ?? 'current', `${status.repository_message} ${err}`);
	deepEqual(status.refused.map(({ version, why }) => [version, why]), end.refused ?? []);
	same(out.trim(), end.verdict ?? ready);
	match(status.repository_message ?? '', end.says ?? /^/);
	const { checkIn } = site.mirror;
	equal(checkIn.repository, end.told ?? status.repository);
	deepEqual(checkIn.refused ?? [], status.refused);
	const list = await site.publisher('machine', 'list');
	equal(list.match(/; the repository: (.*)$/m)?.[1] ?? 'current', checkIn.repository, list);
}

async function carryOut({ default: attack }, site)
{
	await attack.prepare?.(site);
	const kept = site.kept();
	await attack.attack(site);
	await look(site, attack.end, attack.before);
	deepEqual(site.kept(), kept);
	attack.check?.(site);
	site.mirror.passOn();
	await attack.mend?.(site);
	await look(site, { verdict: attack.end.mended, refused: attack.end.refusedMended }, attack.beforeMended);
}

const tests = {};
for (const { name } of fs.readdirSync(here, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
	const attack = await import(`./${name}/attack.mjs`);
	tests[name] = (site) => carryOut(attack, site);
}
const made = await AttackedSite.made();
try {
	await runTests(tests, () => AttackedSite.copyOf(made), 'attack');
} finally {
	fs.rmSync(made.top, { recursive: true });
}
