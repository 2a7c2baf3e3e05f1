import assert from "node:assert/strict"
import { test } from "node:test"
import { gzipSync } from "node:zlib"
import { faultsOf, readTarball } from "../checks/packed.mjs"

const files = (manifest, more = {}) =>
  new Map(
    Object.entries({ "package.json": JSON.stringify(manifest), LICENSE: "MIT", ...more }).map(([path, text]) => [
      path,
      Buffer.from(text)
    ])
  )

const good = { name: "a", peerDependencies: { effect: "^3.22.4" }, exports: { ".": "./dist/index.js" } }

test("a clean package passes", () => assert.deepEqual(faultsOf(files(good)), []))

const cases = [
  ["a catalog protocol", files({ ...good, devDependencies: { effect: "catalog:" } }), /"catalog:"/],
  ["a workspace protocol", files({ ...good, dependencies: { b: "workspace:^" } }), /"workspace:"/],
  [
    "the source condition",
    files({ ...good, exports: { ".": { "@effect-lro/source": "./src/index.ts" } } }),
    /@effect-lro\/source/
  ],
  ["an exact peer", files({ ...good, peerDependencies: { effect: "3.22.4" } }), /the peer effect is 3\.22\.4/],
  ["tests", files(good, { "test/A.test.ts": "" }), /carries test\/A\.test\.ts/],
  ["a build state", files(good, { "dist/.tsbuildinfo": "" }), /carries dist\/\.tsbuildinfo/],
  ["a missing bin", files({ ...good, bin: { a: "./dist/bin.js" } }), /is missing/],
  [
    "a bin that no shell can run",
    files({ ...good, bin: { a: "./dist/bin.js" } }, { "dist/bin.js": "1" }),
    /has no #! line/
  ],
  ["no manifest", new Map(), /no package\.json/]
]

for (const [title, packed, expected] of cases) {
  test(`${title} is reported`, () => assert.match(faultsOf(packed).join("\n"), expected))
}

test("a missing licence is reported", () => {
  const packed = files(good)
  packed.delete("LICENSE")
  assert.match(faultsOf(packed).join(), /no LICENSE/)
})

test("a tarball is read file by file", () => {
  const header = Buffer.alloc(512)
  header.write("package/dist/a.js", 0)
  header.write("00000000003", 124)
  header.write("0", 156)
  const body = Buffer.alloc(512)
  body.write("abc")
  const read = readTarball(gzipSync(Buffer.concat([header, body, Buffer.alloc(1024)])))
  assert.deepEqual(
    [...read].map(([path, bytes]) => [path, bytes.toString()]),
    [["dist/a.js", "abc"]]
  )
})
