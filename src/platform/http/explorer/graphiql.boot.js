/*
 * Starts GraphiQL in the browser. The content security policy forbids inline scripts and the page has no build step, so
 * this file is served unchanged. Its settings come from config.js as `explorerConfig`.
 */
(() => {
  'use strict';

  const { endpoint, defaultHeaders, examples, revision } = globalThis.explorerConfig;
  const tabs = examples.slice(0, 1);
  const isNarrow = matchMedia('(max-width: 760px)').matches;
  const httpUrl = new URL(endpoint, location.href);
  const socketUrl = new URL(httpUrl);
  socketUrl.protocol = httpUrl.protocol === 'https:' ? 'wss:' : 'ws:';

  /**
   * Height of the document editor relative to the editor of variables and headers, and width of the editors relative to the
   * response.
   */
  const DEFAULTS = { 'graphiql:secondaryEditorFlex': '8', 'graphiql:editorFlex': isNarrow ? '1' : '1.3' };

  /**
   * Storage for GraphiQL's state.
   *
   * GraphiQL's own keys would be shared with every other GraphiQL on this host and port. The key of the tabs also
   * contains the revision of the examples: returning visitors get new examples and a new default key, and keep their
   * history and settings. The query, variables and headers of the active tab are read from the list of tabs. GraphiQL
   * stores them separately, only after an edit, and adds an empty tab when the two differ.
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
        : (localStorage.getItem(toKey(key)) ?? DEFAULTS[key] ?? null),
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

  /** A WebSocket in a browser cannot send headers. Credentials are sent in connection_init instead. */
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

  /** Opens one socket per subscription, with the headers of its tab. The socket closes with the subscription. */
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
   * Operations of a document. GraphiQL also passes a parsed document, but right after a change of tabs the parsed
   * document and the operation name are still those of the previous tab.
   */
  function operationsOf(query) {
    let text = query.replace(/"""[^]*?"""|"(?:\\.|[^"\\\n])*"|#.*/g, '');
    for (let inner = ''; inner !== text;) {
      inner = text;
      text = inner.replace(/\{[^{}]*\}|\([^()]*\)/g, ' ');
    }
    return [...text.matchAll(/\b(query|mutation|subscription)\b\s*(\w*)/g)].map(([, type, name]) => ({ type, name }));
  }

  /** Variables with the current time in place of `<now>`, for examples that record readings. */
  function withCurrentTime(variables) {
    const now = new Date().toISOString();
    return JSON.parse(JSON.stringify(variables ?? {}, (_name, value) => (value === '<now>' ? now : value)));
  }

  function run({ query, variables, operationName }, headers) {
    const operations = operationsOf(query);
    const named = operations.find(({ name }) => name === operationName);
    const params = { query, variables: withCurrentTime(variables), operationName: named?.name };
    const { type } = named ?? operations[0] ?? {};
    return type === 'subscription' ? runOverWebSocket(params, headers) : runOverHttp(params, headers);
  }

  Object.assign(globalThis.MonacoEnvironment, {
    getWorker(_moduleId, label) {
      const script = label === 'json' || label === 'graphql' ? label : 'editor';
      const source = `importScripts(${JSON.stringify(new URL(`/graphiql/${script}.worker.js`, location.href).href)})`;
      const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
      return new Worker(url, { name: label });
    },
  });

  globalThis.explorerExamples.show(examples);
  globalThis.explorerExamples.mark(operationsOf(activeTab()?.query ?? '')[0]?.name);
  globalThis.explorerExamples.fitEditors();

  globalThis.YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), {
    headers: defaultHeaders,
    defaultTabs: tabs,
    // On a narrow screen they would leave too little for the document.
    defaultEditorToolsVisibility: isNarrow ? false : 'headers',
    storage,
    fetcher: (params, options) => run(params, options?.headers),
    // The default writes every edit into the page's address, where it would reach the history and access logs.
    onEditQuery: () => {},
    onTabChange: (state) => globalThis.explorerExamples.mark(state.tabs[state.activeTabIndex]?.title),
  });
})();
