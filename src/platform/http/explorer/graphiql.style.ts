/** Styles of the explorer in addition to GraphiQL's own: the list of examples, and GraphiQL on a narrow screen. */
export const STYLE = `
html, body { height: 100%; margin: 0; }
body {
  --page: #fff; --soft-page: #f6f8f7; --line: #dde5e3; --text: #14211f; --soft: #53645f; --accent: #0f766e; --tint: #e3f3f0;
}
@media (prefers-color-scheme: dark) {
  body:not(.graphiql-light) {
    --page: #212a3b; --soft-page: #1b2332; --line: #37435a; --text: #e6ebf4; --soft: #a3aec2; --accent: #4fd1c0; --tint: #1f3f45;
  }
}
body.graphiql-dark {
  --page: #212a3b; --soft-page: #1b2332; --line: #37435a; --text: #e6ebf4; --soft: #a3aec2; --accent: #4fd1c0; --tint: #1f3f45;
}
#explorer { display: flex; height: 100%; }
/* Without it, hidden lines of the editors make the page scroll. */
#root { position: relative; isolation: isolate; overflow: clip; flex: 1; min-width: 0; }
#root > p { font: 16px system-ui, sans-serif; padding: 2rem; }
#examples {
  box-sizing: border-box; width: 12.75rem; flex: none; display: flex; flex-direction: column; background: var(--soft-page);
  border-right: 1px solid var(--line); color: var(--text);
  font: 15px/1.4 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
#examples .bar { display: flex; align-items: center; gap: .375rem; padding: .875rem .5rem .625rem .875rem; }
#examples .home { display: flex; align-items: center; gap: .625rem; color: inherit; text-decoration: none; font-weight: 600; white-space: nowrap; }
#examples img { width: 28px; height: 28px; flex: none; }
#examples button { font: inherit; color: inherit; background: none; border: 0; cursor: pointer; border-radius: 8px; }
#examples button:focus-visible, #examples .home:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; }
#examples .toggle { margin-left: auto; padding: .375rem; color: var(--soft); line-height: 1; }
#examples .toggle:hover { background: var(--tint); color: var(--accent); }
#examples .toggle svg { display: block; width: 1rem; height: 1rem; transition: transform .15s; }
#examples .toggle span { display: none; }
#examples .groups { overflow-y: auto; padding: 0 .5rem 1rem; min-height: 0; flex: 1; }
#examples h2 {
  font-size: .75rem; font-weight: 600; letter-spacing: .04em; text-transform: uppercase; color: var(--soft); margin: 1rem .5rem .25rem;
}
#examples ul { list-style: none; margin: 0; padding: 0; }
#examples li button { display: flex; align-items: center; gap: .5rem; width: 100%; text-align: left; padding: .375rem .5rem; }
#examples li button:hover { background: var(--tint); }
#examples li button[aria-current] { background: var(--tint); color: var(--accent); font-weight: 600; }
#examples .type { width: .5rem; height: .5rem; border-radius: 50%; flex: none; }
.type.query { background: #2f8fd0; }
.type.mutation { background: #d9822b; }
.type.subscription { background: #8a63d2; }
#examples:not(.open) .groups { display: none; }
#examples:not(.open) .toggle svg { transform: rotate(180deg); }
.graphiql-container .graphiql-logo { display: none; }
#root .graphiql-container { --color-primary: 175, 84%, 26%; width: 100%; height: 100%; }
.graphiql-dark #root .graphiql-container { --color-primary: 173, 58%, 45%; }
@media (prefers-color-scheme: dark) { body:not(.graphiql-light) #root .graphiql-container { --color-primary: 173, 58%, 45%; } }
@media (min-width: 761px) {
  #examples:not(.open) { width: 3.25rem; }
  #examples:not(.open) .bar { flex-direction: column; padding: .875rem 0; }
  #examples:not(.open) .home span { display: none; }
  #examples:not(.open) .toggle { margin: 0; }
}
@media (max-width: 760px) {
  #explorer { flex-direction: column; }
  #root { min-height: 0; }
  #examples { width: auto; border: 0; border-bottom: 1px solid var(--line); position: relative; z-index: 10; }
  #examples .bar { padding: .5rem .75rem; }
  #examples .toggle { display: flex; align-items: center; gap: .375rem; color: var(--accent); font-weight: 600; padding: .625rem .75rem; background: var(--tint); }
  #examples .toggle span { display: inline; }
  #examples .toggle svg { transform: rotate(90deg); }
  #examples:not(.open) .toggle svg { transform: rotate(-90deg); }
  #examples .groups {
    position: absolute; top: 100%; left: 0; right: 0; height: calc(100dvh - 100%); box-sizing: border-box;
    background: var(--soft-page); padding: 0 .75rem 2rem;
  }
  #examples li button { padding: .6875rem .5rem; }
  .graphiql-container { flex-direction: column-reverse; }
  .graphiql-container > .graphiql-container { height: 100%; }
  .graphiql-container .graphiql-sidebar {
    flex-direction: row; width: auto; padding: 2px 8px; gap: 4px; border-top: 1px solid var(--line); overflow: visible;
    position: relative; z-index: 1; background: var(--page); /* hidden lines of the editors reach below them */
  }
  .graphiql-container .graphiql-sidebar > button { margin-top: 0 !important; }
  .graphiql-container .graphiql-sidebar > button[style*="auto"] { margin-left: auto; }
  .graphiql-container .graphiql-main { flex-direction: column; min-height: 0; }
  .graphiql-main > .graphiql-plugin { min-width: 0 !important; border-left: 0; flex: 1 1 0% !important; overflow-y: auto; }
  /* GraphiQL moves a hidden plugin out of sight. A visible one covers the editors. */
  .graphiql-main > .graphiql-plugin:not([style*="-1000px"]) ~ .graphiql-sessions { display: none; }
  .graphiql-container .graphiql-horizontal-drag-bar { display: none; }
  .graphiql-container .graphiql-sessions { margin: 0; border-radius: 0; min-height: 0; }
  .graphiql-container #graphiql-session { flex-direction: column; padding: 0; min-height: 0; }
  .graphiql-container .graphiql-editors { border-radius: 0; min-height: 0; }
  .graphiql-container .graphiql-query-editor { padding: 8px 8px 8px 4px; column-gap: 4px; box-sizing: border-box; min-height: 0; }
  .graphiql-container .graphiql-editor-tools { padding: 4px 8px; }
  .graphiql-container .graphiql-response { padding-top: 8px; min-height: 0; }
}
`;
