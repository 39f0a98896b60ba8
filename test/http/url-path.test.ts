import { isGraphqlUrl } from '../../src/platform/http/graphql-url';
import { isRestUrl } from '../../src/platform/http/http-error';
import { pathOf } from '../../src/platform/http/url-path';

it.each([
  ['/graphql', '/graphql'],
  ['/graphql/', '/graphql'],
  ['/graphql//', '/graphql/'],
  ['/graphql?query={a}', '/graphql'],
  ['/graphql/#top?', '/graphql'],
  ['/%67raphql', '/graphql'],
  ['http://gateway.example:8080/graphql?a=/b', '/graphql'],
  ['HTTPS://gateway.example', ''],
  ['/docs/tour.md', '/docs/tour.md'],
  ['/api%2Fv3', '/api%2Fv3'],
  ['/%C3%A9/%zz/%', '/%C3%A9/%zz/%'],
  ['/', '/'],
  ['', ''],
])('the path of %j is %j', (url, path) => expect(pathOf(url)).toBe(path));

it('the interface is that of the path', () => {
  expect(['/graphql/', '/graphqls', '/graphql/a', '/Graphql'].map(isGraphqlUrl)).toEqual([true, false, false, false]);
  const rest = ['/api/v3', '/api/v3/', '/api/v3/devices', '/api/v%33?a', 'http://a/api/v3#b'];
  expect(rest.map(isRestUrl)).toEqual(rest.map(() => true));
  expect(['/api/v30', '/api', '/a/api/v3', undefined].map(isRestUrl)).toEqual([false, false, false, false]);
});
