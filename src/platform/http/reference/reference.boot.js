/*
 * Starts Swagger UI in the browser. The content security policy forbids inline scripts and the page has no build step, so this file
 * is served unchanged. Its settings come from config.js as `referenceConfig`.
 */
(() => {
  'use strict';

  const { document: url, scheme, key } = globalThis.referenceConfig;

  // Swagger UI has a dark style, but only its top bar, which this page leaves out, turns it on.
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
  dark.addEventListener('change', follow);
  follow();

  // Swagger UI makes up an example for each refusal. Only those of the document are shown, and of those only the refusals that an
  // operation does not share with all others; see reference.style.ts.
  const OWN_REFUSALS = ['404', '409', '422'];
  const examplesOfDocument = {
    wrapComponents: {
      response:
        (Response, { React }) =>
        (props) => {
          const hasExample = props.response.get('content')?.first()?.has('example');
          const isHidden = props.code >= '400' && !(hasExample && OWN_REFUSALS.includes(props.code));
          return React.createElement(Response, { ...props, ...(isHidden && { className: 'without-example' }) });
        },
    },
  };

  const ui = globalThis.SwaggerUIBundle({
    url,
    dom_id: '#root',
    presets: [globalThis.SwaggerUIBundle.presets.apis],
    plugins: [examplesOfDocument],
    layout: 'BaseLayout',
    // An operation has its own address, and opens with fields to fill in.
    deepLinking: true,
    tryItOutEnabled: true,
    displayRequestDuration: true,
    // The list of shapes is closed.
    defaultModelsExpandDepth: 0,
    // Its validator is on another host.
    validatorUrl: null,
    onComplete: () => {
      if (key !== undefined) ui.preauthorizeApiKey(scheme, key);
    },
  });
})();
