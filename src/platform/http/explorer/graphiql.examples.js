/*
 * The list of examples beside GraphiQL. GraphiQL has no function that opens a tab from outside, so this clicks its buttons
 * and sets the text of its editors. Served unchanged, like boot.js.
 */
(() => {
  'use strict';

  const OPEN_KEY = 'device-gateway:examples';
  const narrow = matchMedia('(max-width: 760px)');
  const panel = document.querySelector('#examples');
  const groups = create('div', { className: 'groups', id: 'example-groups' });
  const toggle = create('button', { type: 'button', className: 'toggle' });

  function create(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  /** The list starts open on a wide screen, and closed on a narrow one, where it covers the editors. */
  function setOpen(open) {
    panel.classList.toggle('open', open);
    toggle.setAttribute('aria-expanded', String(open));
    toggle.title = open ? 'Hide the examples' : 'Show the examples';
    if (!narrow.matches) localStorage.setItem(OPEN_KEY, open ? 'open' : 'closed');
  }

  const tabs = () => [...document.querySelectorAll('.graphiql-tab')];
  const titleOf = (tab) => tab.innerText.trim();

  /** @param part name of an editor, as the address of its text ends */
  const editorText = (part) => globalThis.monaco.editor.getModels().find(({ uri }) => uri.path.endsWith(`-${part}`));

  /**
   * Time in which GraphiQL takes over what an editor shows. If another tab is opened sooner, it names the tab before after
   * the wrong operation. GraphiQL waits 100 ms after each change.
   */
  const SETTLE_MS = 250;
  let settled = Promise.resolve();

  function open(example) {
    settled = settled.then(() => {
      openNow(example);
      return new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    });
  }

  /** Opens the tab that has the example, or a new one. */
  function openNow({ name, query, variables = '', headers = '' }) {
    const operation = editorText('operation.graphql');
    if (!operation) return; // GraphiQL is still loading
    const tab = tabs().find((each) => titleOf(each) === name);
    if (tab) {
      tab.querySelector('button').click();
    } else {
      // A new tab would receive the events of a running subscription.
      document.querySelector('.graphiql-execute-button[aria-label^="Stop"]')?.click();
      if (operation.getValue().trim() !== '') document.querySelector('.graphiql-tab-add').click();
      operation.setValue(query);
      editorText('variables.json').setValue(variables);
      editorText('request-headers.json').setValue(headers);
    }
    requestAnimationFrame(() => document.querySelector('.graphiql-tab-active')?.scrollIntoView({ inline: 'nearest' }));
    if (narrow.matches) setOpen(false);
  }

  /** Marks the example in the open tab. */
  function mark(name) {
    for (const button of groups.querySelectorAll('button')) {
      if (button.dataset.name === name) button.setAttribute('aria-current', 'true');
      else button.removeAttribute('aria-current');
    }
  }

  function show(examples) {
    for (const title of new Set(examples.map(({ group }) => group))) {
      const buttons = examples
        .filter(({ group }) => group === title)
        .map((example) => {
          const dot = create('span', { className: `type ${example.type}`, title: example.type });
          const button = create('button', { type: 'button', onclick: () => open(example) }, dot, example.label);
          button.dataset.name = example.name;
          return create('li', {}, button);
        });
      groups.append(create('h2', { textContent: title }), create('ul', {}, ...buttons));
    }
    toggle.innerHTML =
      '<span>Examples</span><svg viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true"><path d="M10 3 5 8l5 5"/></svg>';
    toggle.setAttribute('aria-controls', groups.id);
    toggle.setAttribute('aria-label', 'Examples');
    toggle.onclick = () => setOpen(!panel.classList.contains('open'));
    panel.querySelector('.bar').append(toggle);
    panel.append(groups);
    const isOpen = () => !narrow.matches && localStorage.getItem(OPEN_KEY) !== 'closed';
    narrow.addEventListener('change', () => setOpen(isOpen()));
    setOpen(isOpen());
  }

  /** Text of a narrow screen is smaller. Lines are wrapped everywhere: no end of a line is out of sight. */
  function fitEditors() {
    const fit = (editor) =>
      editor.updateOptions({ wordWrap: 'on', lineNumbersMinChars: 2, fontSize: narrow.matches ? 13 : 15 });
    globalThis.monaco.editor.onDidCreateEditor(fit);
    narrow.addEventListener('change', () => globalThis.monaco.editor.getEditors().forEach(fit));
  }

  globalThis.explorerExamples = { show, mark, fitEditors };
})();
