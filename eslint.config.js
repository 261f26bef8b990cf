import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    files: ["static/js/**/*.js", "server/src/test/resources/js/**/*.js"],
    languageOptions: { ecmaVersion: 2023, sourceType: "module", globals: globals.browser },
    rules: {
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-implicit-globals": "error",
      "max-lines": ["error", { max: 400, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": ["error", { max: 50, skipBlankLines: true, skipComments: true }],
      "no-restricted-properties": [
        "error",
        ...["innerHTML", "outerHTML", "insertAdjacentHTML"].map((property) => ({
          property,
          message: "Server text enters by textContent.",
        })),
      ],
      "no-restricted-globals": ["error", "event", "name"],
    },
  },
  {
    // A pane knows the store's events, the formats and the types: no other pane, and nothing of HTTP.
    files: ["static/js/panes/**/*.js", "static/js/format/**/*.js"],
    rules: { "no-restricted-imports": ["error", { patterns: ["**/api/*", "**/panes/*", "./*-pane.js"] }] },
  },
  { files: ["static/js/theme.js"], languageOptions: { sourceType: "script" } },
];
