// Every post as a page, and a list of them.
export default function () {
  return { dir: { input: ".", includes: "_includes" }, markdownTemplateEngine: false };
}
