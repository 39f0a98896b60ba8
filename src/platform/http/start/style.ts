/** Style of the start page and of the documents, in light and dark. */
export const STYLE = `
:root {
  --page: #f6f8f7; --card: #fff; --line: #dde5e3; --text: #14211f; --soft: #53645f;
  --accent: #0f766e; --on-accent: #fff; --tint: #e3f3f0; --code: #eef3f2; --bad: #b42318; --bad-tint: #fdeceb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0d1413; --card: #141e1c; --line: #263532; --text: #e4eeeb; --soft: #98aba6;
    --accent: #4fd1c0; --on-accent: #06201c; --tint: #12332e; --code: #1b2826; --bad: #ff9c92; --bad-tint: #3a1a17;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--text); -webkit-text-size-adjust: 100%;
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
main { max-width: 66rem; margin: 0 auto; padding: 3.5rem 1.5rem 4rem; }
a { color: var(--accent); text-underline-offset: .2em; text-decoration-thickness: 1px; }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
h1 { font-size: 2rem; line-height: 1.2; letter-spacing: -.02em; margin: 0; }
h2 { font-size: 1.125rem; line-height: 1.3; margin: 0 0 .75rem; }
p { margin: 0 0 .75rem; }
code, pre { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
code { background: var(--code); border-radius: 5px; padding: .15em .4em; overflow-wrap: break-word; }
.head { display: flex; align-items: center; gap: 1rem; flex-wrap: wrap; margin-bottom: 1rem; }
.head svg { width: 3rem; height: 3rem; flex: none; }
.facts { display: flex; gap: .5rem; flex-wrap: wrap; margin-left: auto; }
.fact { border-radius: 99px; padding: .2rem .75rem; font-size: .875rem; background: var(--code); color: var(--soft); }
.fact.ready { background: var(--tint); color: var(--accent); font-weight: 600; }
.fact.unready { background: var(--bad-tint); color: var(--bad); font-weight: 600; }
.lead { font-size: 1.125rem; color: var(--soft); max-width: 44rem; margin-bottom: 1.75rem; }
.button {
  display: inline-block; background: var(--accent); color: var(--on-accent); font-weight: 600; text-decoration: none;
  padding: .65rem 1.25rem; border-radius: 10px; border: 1px solid var(--accent);
}
.button:hover { filter: brightness(1.08); }
.button.second { background: none; color: var(--accent); }
.buttons { display: flex; flex-wrap: wrap; gap: .75rem; margin-bottom: 2rem; }
.cards { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1.25rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 1.375rem 1.5rem; min-width: 0; }
.card > :last-child { margin-bottom: 0; }
.wide { grid-column: 1 / -1; }
.soft { color: var(--soft); }
dl { margin: 0; display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .5rem 1.25rem; }
dt { color: var(--soft); }
dd { margin: 0; }
.keys { grid-template-columns: auto auto minmax(0, 1fr); gap: 0; }
.keys > * { padding: .6rem 1.25rem .6rem 0; border-top: 1px solid var(--line); }
.keys > :nth-child(-n+3) { border-top: 0; }
.keys > :nth-child(3n) { padding-right: 0; }
.keys + p { margin-top: .75rem; }
.keys code { user-select: all; color: var(--text); white-space: nowrap; }
.role { font-size: .875rem; font-weight: 600; padding-top: .7rem; }
pre.command {
  background: var(--code); border-radius: 10px; padding: .9rem 1rem; margin: 0 0 .75rem; overflow-x: auto;
}
.documents { columns: 2; column-gap: 1.25rem; list-style: none; margin: 0 0 .75rem; padding: 0; }
.documents li { padding: .25rem 0; break-inside: avoid; }
.document { max-width: 56rem; }
.document nav { margin-bottom: 1.5rem; }
.document h1 { margin-bottom: 1rem; }
.document h2 { font-size: 1.4rem; margin: 2.25rem 0 .75rem; }
.document h3 { font-size: 1.125rem; margin: 1.75rem 0 .5rem; }
.document h2, .document h3 { scroll-margin-top: 1rem; }
.document ul, .document ol { margin: 0 0 .9rem; padding-left: 1.4rem; }
.document li { margin: .3rem 0; }
.document p { margin-bottom: .9rem; }
.table { overflow-x: auto; margin: 0 0 1rem; }
table { border-collapse: collapse; font-size: .9375rem; }
th, td { border: 1px solid var(--line); padding: .45rem .75rem; text-align: left; vertical-align: top; background: var(--card); }
th { color: var(--soft); font-weight: 600; }
td code { overflow-wrap: normal; }
@media (max-width: 760px) {
  main { padding: 1.75rem 1.125rem 3rem; }
  h1 { font-size: 1.625rem; }
  .head { gap: .75rem; }
  .head svg { width: 2.5rem; height: 2.5rem; }
  .facts { margin-left: 0; width: 100%; }
  .lead { font-size: 1.0625rem; margin-bottom: 1.25rem; }
  .buttons { flex-direction: column; margin-bottom: 1.5rem; }
  .button { text-align: center; }
  .cards { grid-template-columns: minmax(0, 1fr); gap: 1rem; }
  .card { padding: 1.125rem 1.125rem; }
  .keys { grid-template-columns: minmax(0, 1fr) auto; }
  .keys > * { padding: .75rem 0 0; }
  .keys > :nth-child(3n) { grid-column: 1 / -1; padding: .25rem 0 .75rem; }
  .keys > *, .keys > :nth-child(-n+3) { border-top: 0; }
  .keys > :nth-child(n+4):not(:nth-child(3n)) { border-top: 1px solid var(--line); }
  .role { padding-top: .85rem; text-align: right; }
  .documents { columns: 1; }
  .document h2 { font-size: 1.25rem; }
}
`;
