"""What the forge's interface is, written down: one Operation a route, and the OpenAPI document made of all of them."""
