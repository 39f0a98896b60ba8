import { LOGO } from '../page';
import { escapeHtml, toPage } from './html';
import type { Start } from './start';

/** The start page for a browser. */
export function toStartPage(start: Start, unreadiness: string | undefined, origin: string): string {
  const { name, description, version, links, documents } = start;
  const state =
    unreadiness === undefined
      ? '<span class="fact ready">Ready</span>'
      : `<span class="fact unready">Not ready: ${escapeHtml(unreadiness)}</span>`;
  return toPage(
    name,
    `    <main>
      <div class="head">
        ${LOGO.replace('<svg ', '<svg aria-hidden="true" ').trim()}
        <h1>${escapeHtml(name)}</h1>
        <div class="facts">${state}${version === undefined ? '' : `<span class="fact">Version ${escapeHtml(version)}</span>`}</div>
      </div>
      <p class="lead">${escapeHtml(description)}</p>
      ${buttons(links)}
      <div class="cards">
        ${[endpointCard(start), healthCard(start), keysCard(start, origin), documentsCard(documents, links.schema)].join('')}
      </div>
    </main>`,
  );
}

function buttons({ explorer, reference }: Start['links']): string {
  if (explorer === undefined || reference === undefined) return '';
  return `<p class="buttons">
        <a class="button" href="${explorer}">Open the explorer</a>
        <a class="button second" href="${reference}">Open the REST reference</a>
      </p>`;
}

const card = (title: string, content: string, wide = false) =>
  `<section class="card${wide ? ' wide' : ''}"><h2>${title}</h2>${content}</section>`;

function endpointCard({ links }: Start): string {
  return card(
    'Endpoints',
    `<dl>
      <dt>GraphQL</dt><dd>POST to <code>${links.graphql}</code>, for queries and mutations</dd>
      <dt>WebSocket</dt><dd>at <code>${links.graphql}</code>, protocol <code>graphql-transport-ws</code>, also for subscriptions</dd>
      <dt>REST</dt><dd>below <code>${links.rest}</code>, described by <a href="${links.openapi}">OpenAPI</a></dd>
      <dt>Header</dt><dd><code>Authorization: Bearer &lt;key&gt;</code> or<br><code>Impilo-API-Key: &lt;key&gt;</code></dd>
    </dl>`,
  );
}

function healthCard({ links }: Start): string {
  return card(
    'Health',
    `<dl>
      <dt><a href="${links.readyz}">${links.readyz}</a></dt><dd>200 while the gateway can serve requests, else 503 with the reason</dd>
      <dt><a href="${links.livez}">${links.livez}</a></dt><dd>200 while the process responds</dd>
    </dl>`,
  );
}

function keysCard({ demoKeys: keys, links }: Start, origin: string): string {
  if (!keys) return '';
  const rows = keys.map(
    ({ key, role, label, allows }) =>
      `<dt><code>${escapeHtml(key)}</code></dt><dd class="role">${escapeHtml(role)}</dd>` +
      `<dd><strong>${escapeHtml(label)}.</strong> <span class="soft">${escapeHtml(allows)}</span></dd>`,
  );
  const command = `curl ${origin}/graphql \\
  --header 'Authorization: Bearer ${keys[0]!.key}' \\
  --header 'Content-Type: application/json' \\
  --data '{ "query": "{ viewer { role customer { name } } }" }'

curl ${origin}${links.rest}/device/1 \\
  --header 'Impilo-API-Key: ${keys[0]!.key}'`;
  return card(
    'Demo keys',
    `<p class="soft">For the demo data only. This gateway accepts them because demo mode is on.</p>
    <dl class="keys">${rows.join('')}</dl>
    <p class="soft">Try one in a terminal:</p>
    <pre class="command" tabindex="0">${escapeHtml(command)}</pre>`,
    true,
  );
}

function documentsCard(documents: Start['documents'], schema: string | undefined): string {
  if (!documents) return '';
  const items = documents.map(({ path, title }) => `<li><a href="${path}">${escapeHtml(title)}</a></li>`);
  if (schema !== undefined)
    items.unshift(`<li><a href="${schema}">Schema</a> <span class="soft">(GraphQL)</span></li>`);
  return card('Documents', `<ul class="documents">${items.join('')}</ul>`, true);
}
