// SPDX-License-Identifier: LGPL-2.1-or-later
// What stands between a machine and its hub, with the key of the hub's certificate: it passes on
// what each asks and answers, until an attack puts something else there.
import * as fs from 'node:fs';
import * as https from 'node:https';
import * as path from 'node:path';

export class Mirror {
	// site has folder, whose certificate this is, and reach, the hub.
	static async open(site, port)
	{
		const mirror = new Mirror();
		mirror.site = site;
		mirror.answers = [];
		const [cert, key] = ['hub.crt', 'hub.key'].map((name) => fs.readFileSync(path.join(site.folder, name)));
		mirror.server = https.createServer({ cert, key }, (request, response) => mirror.take(request, response));
		await new Promise((resolve) => mirror.server.listen(port, '127.0.0.1', resolve));
		return mirror;
	}

	// From now on the last of these whose pattern the path matches answers: answer(path, response).
	answer(pattern, answer)
	{
		this.answers.unshift({ pattern, answer });
	}

	// The same of bytes, or of nothing for 404.
	serve(pattern, bytesOf)
	{
		this.answer(pattern, (url, response) => {
			const bytes = bytesOf(url);
			response.writeHead(bytes === undefined ? 404 : 200, { 'Content-Length': bytes?.length ?? 0 });
			response.end(bytes);
		});
	}

	// The repository of another folder.
	serveFolder(folder)
	{
		this.serve(/^\/repository\//, (url) => {
			const file = path.join(folder, url);
			return fs.existsSync(file) ? fs.readFileSync(file) : undefined;
		});
	}

	passOn()
	{
		this.answers = [];
	}

	async take(request, response)
	{
		const pieces = [];
		for await (const piece of request)
			pieces.push(piece);
		const body = Buffer.concat(pieces);
		if (request.url == '/v1/check-in')
			this.checkIn = JSON.parse(body);
		const other = this.answers.find(({ pattern }) => pattern.test(request.url));
		if (other)
			other.answer(request.url, response);
		else
			this.ask(request, body, response);
	}

	ask(request, body, response)
	{
		const { method, url, headers } = request;
		const passed = https.request({ ...this.site.reach, method, path: url, headers, agent: false }, (answer) => {
			response.writeHead(answer.statusCode, answer.headers);
			answer.pipe(response);
		});
		passed.on('error', () => response.destroy());
		passed.end(body);
	}

	async close()
	{
		const closed = new Promise((resolve) => this.server.close(resolve));
		this.server.closeAllConnections();
		await closed;
	}
}
