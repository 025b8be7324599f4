"use strict";
SwaggerUIBundle({
  url: "{{ schema_url|escapejs }}",
  dom_id: "#swagger-ui",
  deepLinking: true,
  // The validator badge would ask a server on the internet.
  validatorUrl: null,
});
