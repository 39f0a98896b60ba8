import { STYLE } from './graphiql.style';

/** The explorer's HTML page. Its scripts are files under /graphiql, because the content security policy forbids inline scripts. */
export const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="robots" content="noindex">
    <title>Device gateway · GraphiQL</title>
    <link rel="icon" href="/graphiql/logo.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/graphiql/graphiql.css">
    <style>${STYLE}</style>
    <script defer src="/graphiql/config.js"></script>
    <script defer src="/graphiql/graphql-ws.js"></script>
    <script defer src="/graphiql/graphiql.js"></script>
    <script defer src="/graphiql/examples.js"></script>
    <script defer src="/graphiql/boot.js"></script>
  </head>
  <body>
    <div id="explorer">
      <nav id="examples" aria-label="Examples">
        <div class="bar">
          <a class="home" href="/" title="Start page"><img src="/graphiql/logo.svg" alt=""><span>Device gateway</span></a>
        </div>
      </nav>
      <div id="root"><p>Loading the explorer…</p></div>
    </div>
    <noscript>The explorer needs JavaScript. The API itself accepts POST requests at this address.</noscript>
  </body>
</html>
`;

/**
 * Restricts the explorer to its own files.
 *
 * Monaco sets style attributes and embeds fonts and icons as data URLs. Its workers are blobs that import a file of
 * the explorer.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  'worker-src blob:',
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "connect-src 'self'",
].join('; ');
