/** Styles of the reference in addition to Swagger UI's own. */
export const STYLE = `
:root {
  --page: #f6f8f7;
  --card: #fff;
  --line: #dde5e3;
  --text: #14211f;
  --soft: #53645f;
  --accent: #0f766e;
  --on-accent: #fff;
  --tint: #e3f3f0;
  --code: #eef3f2;
}
html.dark-mode {
  --page: #0d1413;
  --card: #141e1c;
  --line: #263532;
  --text: #e4eeeb;
  --soft: #98aba6;
  --accent: #4fd1c0;
  --on-accent: #06201c;
  --tint: #12332e;
  --code: #1b2826;
}
html,
html.dark-mode,
html.dark-mode .swagger-ui {
  background: var(--page);
}
body {
  margin: 0;
  color: var(--text);
  font:
    16px/1.5 system-ui,
    -apple-system,
    'Segoe UI',
    Roboto,
    'Helvetica Neue',
    sans-serif;
}
header {
  display: flex;
  align-items: center;
  justify-content: space-between;
  gap: 0.5rem 1.5rem;
  flex-wrap: wrap;
  padding: 0.75rem 1.25rem;
  background: var(--card);
  border-bottom: 1px solid var(--line);
}
header a {
  color: var(--accent);
  text-decoration: none;
  font-weight: 600;
}
header a:hover {
  text-decoration: underline;
}
header a:focus-visible {
  outline: 2px solid var(--accent);
  outline-offset: 2px;
  border-radius: 4px;
}
header .home {
  display: flex;
  align-items: center;
  gap: 0.625rem;
  color: var(--text);
}
header img {
  width: 28px;
  height: 28px;
}
header nav {
  display: flex;
  gap: 1.25rem;
  font-size: 0.9375rem;
}
#root > p {
  padding: 2rem;
}
#root .swagger-ui, #root .swagger-ui :is(h1, h2, h3, h4, h5, label, button, input, select, textarea, table, p, li, a, .btn, .opblock-tag,
  .opblock-summary-description, .opblock-description-wrapper, .opblock-external-docs-wrapper, .opblock-title_normal, .tab li, .parameter__name,
  .parameter__type, .response-col_status, .response-col_links, .markdown p, .renderedMarkdown p, .info .title small pre) {
  font-family: inherit;
}
#root .swagger-ui { font-family: inherit; }
#root .swagger-ui .wrapper { max-width: 72rem; padding: 0 1.25rem; }
#root .swagger-ui .info { margin: 1.75rem 0 1rem; }
#root .swagger-ui .info .title { font-size: 1.75rem; letter-spacing: -.02em; }
#root .swagger-ui :is(.markdown, .renderedMarkdown) code { background: var(--code); color: var(--text); font-weight: 500; overflow-wrap: break-word; }
#root .swagger-ui .scheme-container { background: none; box-shadow: none; margin: 0; padding: 0 0 .5rem; }
#root .swagger-ui .opblock-tag { border-bottom-color: var(--line); }
#root .swagger-ui .btn.execute { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
#root .swagger-ui .btn.authorize { border-color: var(--accent); color: var(--accent); }
#root .swagger-ui .btn.authorize svg { fill: var(--accent); }
/* There is one server: this one. */
#root .swagger-ui .scheme-container .servers, #root .swagger-ui .servers-title { display: none; }
/* The document has no links of OpenAPI, and one media type for each response. */
#root .swagger-ui .response-col_links, #root .swagger-ui .response-controls { display: none; }
/* All refusals have the shape of a problem, which is shown with the shapes. */
#root .swagger-ui .response.without-example .model-example { display: none; }
/* A stored object is the same as the one that was created. */
#root .swagger-ui .response[data-code="200"]:has(~ .response[data-code="201"]) .model-example { display: none; }
#root .swagger-ui .responses-table .response td { padding-top: .5rem; }
#root .swagger-ui .headers .header-col { color: var(--text); font-weight: 400; }
#root .swagger-ui :is(.body-param__text, .microlight, .microlight code, .curl, .curl code, .headerline) {
  font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  font-weight: 400;
  line-height: 1.5;
}
@media (max-width: 760px) {
  #root .swagger-ui .wrapper { padding: 0 .75rem; }
  #root .swagger-ui .opblock-tag { display: grid; grid-template-columns: 1fr auto; gap: 0 .5rem; font-size: 1.25rem; }
  #root .swagger-ui .opblock-tag small { grid-row: 2; grid-column: 1 / -1; padding: 0; }
  #root .swagger-ui .opblock .opblock-summary-method { min-width: 4.25rem; padding: .375rem 0; }
  #root .swagger-ui .opblock .opblock-summary-path { max-width: none; font-size: .875rem; }
  #root .swagger-ui table :is(.response-col_status, .col_header.response-col_status) { min-width: 3rem; width: 3rem; padding-right: .5rem; }
  #root .swagger-ui .responses-inner { padding: .75rem; }
  #root .swagger-ui .parameters-col_name { min-width: 5.5rem; width: 5.5rem; padding-right: .5rem; }
  #root .swagger-ui .parameters-col_description input, #root .swagger-ui .parameters-col_description select { max-width: 100%; width: 100%; }
}
`;
