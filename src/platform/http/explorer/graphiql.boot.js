/*
 * Starts GraphiQL in the browser. Served as it is: the content security policy allows no inline script, and the page has
 * no build step. Its settings come from config.js as `explorerConfig`.
 */
(() => {
  'use strict';

  const { endpoint, defaultHeaders, tabs, revision } = globalThis.explorerConfig;
  const httpUrl = new URL(endpoint, location.href);
  const socketUrl = new URL(httpUrl);
  socketUrl.protocol = httpUrl.protocol === 'https:' ? 'wss:' : 'ws:';

  /**
   * Where GraphiQL keeps its state.
   *
   * Its own keys would be shared with every other GraphiQL that ever ran on this host and port. What belongs to the tabs
   * also carries the examples' revision, so that new examples and another default key reach returning visitors; their
   * history and settings stay. The query, variables and headers of the active tab are answered from the list of tabs:
   * GraphiQL stores them apart, only once edited, and adds an empty tab when the two do not agree.
   */
  const activeTabKeys = new Set(['graphiql:query', 'graphiql:variables', 'graphiql:headers']);
  const tabsKey = `device-gateway:${revision}:graphiql:tabState`;
  const toKey = (key) => (key === 'graphiql:tabState' ? tabsKey : `device-gateway:${key}`);
  const activeTab = () => {
    try {
      const stored = JSON.parse(localStorage.getItem(tabsKey));
      return stored.tabs[stored.activeTabIndex] ?? tabs[0];
    } catch {
      return tabs[0];
    }
  };
  const storage = {
    getItem: (key) =>
      activeTabKeys.has(key)
        ? (activeTab()?.[key.slice('graphiql:'.length)] ?? null)
        : localStorage.getItem(toKey(key)),
    setItem: (key, value) => {
      if (!activeTabKeys.has(key)) localStorage.setItem(toKey(key), value);
    },
    removeItem: (key) => localStorage.removeItem(toKey(key)),
    clear: () => ownKeys().forEach((key) => localStorage.removeItem(key)),
    get length() {
      return ownKeys().length;
    },
  };
  const ownKeys = () => Object.keys(localStorage).filter((key) => key.startsWith('device-gateway:'));

  async function runOverHttp(params, headers) {
    const response = await fetch(httpUrl, {
      method: 'POST',
      headers: {
        accept: 'application/graphql-response+json, application/json',
        'content-type': 'application/json',
        ...headers,
      },
      body: JSON.stringify(params),
    });
    const text = await response.text();
    try {
      return JSON.parse(text);
    } catch {
      return { errors: [{ message: `HTTP ${response.status} ${response.statusText}: ${text.slice(0, 1000)}` }] };
    }
  }

  /** A WebSocket cannot carry headers: those that say who is calling go into connection_init. */
  function toConnectionParams(headers) {
    const byName = new Headers(headers);
    const params = {};
    if (byName.has('authorization')) params.authorization = byName.get('authorization');
    if (byName.has('impilo-api-key')) params.apiKey = byName.get('impilo-api-key');
    return params;
  }

  function toErrors(cause) {
    if (Array.isArray(cause)) return cause;
    if (cause instanceof CloseEvent) {
      return [{ message: `WebSocket closed: ${cause.code} ${cause.reason}`.trim() }];
    }
    return [{ message: cause instanceof Error ? cause.message : 'The WebSocket could not be opened.' }];
  }

  /** One socket a subscription, so that it always carries the headers of its tab. It closes with the subscription. */
  function runOverWebSocket(params, headers) {
    return {
      subscribe(sink) {
        const client = globalThis.graphqlWs.createClient({
          url: socketUrl.href,
          connectionParams: toConnectionParams(headers),
          retryAttempts: 0, // a silent reconnect would hide the events in between
        });
        const unsubscribe = client.subscribe(params, {
          next: (result) => sink.next(result),
          error: (cause) => {
            sink.next({ errors: toErrors(cause) });
            sink.complete();
          },
          complete: () => sink.complete(),
        });
        return { unsubscribe };
      },
    };
  }

  /**
   * The operations of a document. GraphiQL hands over a parsed one, but for a moment after a change of tabs that is the
   * document of the tab before, and so is the operation's name.
   */
  function operationsOf(query) {
    let text = query.replace(/"""[^]*?"""|"(?:\\.|[^"\\\n])*"|#.*/g, '');
    for (let inner = ''; inner !== text;) {
      inner = text;
      text = inner.replace(/\{[^{}]*\}|\([^()]*\)/g, ' ');
    }
    return [...text.matchAll(/\b(query|mutation|subscription)\b\s*(\w*)/g)].map(([, type, name]) => ({ type, name }));
  }

  function run({ query, variables, operationName }, headers) {
    const operations = operationsOf(query);
    const named = operations.find(({ name }) => name === operationName);
    const params = { query, variables, operationName: named?.name };
    const { type } = named ?? operations[0] ?? {};
    return type === 'subscription' ? runOverWebSocket(params, headers) : runOverHttp(params, headers);
  }

  globalThis.MonacoEnvironment = {
    globalAPI: false,
    getWorker(_moduleId, label) {
      const script = label === 'json' || label === 'graphql' ? label : 'editor';
      const source = `importScripts(${JSON.stringify(new URL(`/graphiql/${script}.worker.js`, location.href).href)})`;
      const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
      return new Worker(url, { name: label });
    },
  };

  globalThis.YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), {
    title: 'Device gateway',
    logo: '<img src="/graphiql/logo.svg" width="28" height="28" alt="">',
    headers: defaultHeaders,
    defaultTabs: tabs,
    defaultEditorToolsVisibility: 'headers',
    storage,
    fetcher: (params, options) => run(params, options?.headers),
    // Left out, every edit is written into the page's address, and from there into histories and access logs.
    onEditQuery: () => {},
  });
})();
