SHOP=${SHOP:-http://127.0.0.1:8080}/api/v1
# Shows an answer: a JSON body, indented.
show() { python3 -m json.tool --no-ensure-ascii; }
# Takes a value out of an answer: `take decision.totals.total`.
take() { python3 -c "import json, sys; v = json.load(sys.stdin); [v := v[int(k) if k.isdigit() else k] for k in '$1'.split('.')]; print(v if isinstance(v, str) else json.dumps(v, indent=2, ensure_ascii=False))"; }
# Sends a request as whoever has the token: `send PUT cart/coupon '{"code": "X"}'`.
send() { curl -sS -X "$1" "$SHOP/$2" -H "Authorization: Bearer ${TOKEN:-}" ${3:+-H 'Content-Type: application/json' -d "$3"}; }

# Look around
curl -sS "$SHOP/products?limit=2" | show
curl -sS "$SHOP/products?q=mohila" | show
curl -sS "$SHOP/products?category=clothing/socks&sort=price&limit=3" | show
curl -sS "$SHOP/products/facets?in_stock=true" | show
curl -sS "$SHOP/products/tenis-corrida" | show

# Sign up
EMAIL="bia-$(date +%s)@example.com"
send POST auth/register "{\"name\": \"Bia Barros\", \"email\": \"$EMAIL\", \"password\": \"um-galo-sozinho-nao-tece\"}" | show
LINK_TOKEN=$(grep "$EMAIL" "${SOSTECH_DATA_DIR:-var}/mails.log" | tail -n 1 | sed 's/.*token=//')
send POST auth/activate "{\"token\": \"$LINK_TOKEN\"}" | show
TOKEN=$(send POST auth/sign-in "{\"email\": \"$EMAIL\", \"password\": \"um-galo-sozinho-nao-tece\"}" | take access_token)
send GET me | show

# Fill a cart
send POST cart/items '{"sku": "SOCK-GREY", "quantity": 2}' | show
send POST cart/items '{"sku": "MUG-BLUE"}' | take decision.totals.total
send POST cart/items '{"sku": "COFFEE-250"}' | show

# Enter a coupon
send PUT cart/coupon '{"code": "WELCOME"}' | show
send PUT cart/coupon '{"code": "welcome10"}' | take decision.coupons.0.state

# Say where it goes
send PUT cart/destination '{"country": "BR", "region": "SP", "postcode": "01310-100", "city": "São Paulo"}' | take decision.shipping_options
send PUT cart/shipping-method '{"method": "standard"}' | take decision.totals
send PUT cart/payment-method '{"method": "pix"}' | take decision.refusals

# See every cent
send GET cart | take decision.postings
send GET "checkout/explanation?locale=en" | show

# Get a price that holds
QUOTE=$(send POST "checkout/quote?locale=en" | take token)
send POST checkout/quote/verify "{\"token\": \"$QUOTE\"}" | show
send POST cart/items '{"sku": "SOCK-WOOL"}' | take decision.totals
send POST checkout/quote/verify "{\"token\": \"$QUOTE\"}" | show

# The other side of the counter
TOKEN=$(send POST auth/sign-in '{"email": "admin@example.com", "password": "sabia-canta-na-laranjeira-7"}' | take access_token)
send GET rulesets/live | show
send GET "inventory?state=low" | show
curl -sS -X POST "$SHOP/inventory/adjustments" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -H "Idempotency-Key: $EMAIL" -d '{"lines": [{"sku": "SPOON", "delta": 12, "reason": "received"}]}' | show
curl -sS -X POST "$SHOP/inventory/adjustments" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -H "Idempotency-Key: $EMAIL" -d '{"lines": [{"sku": "SPOON", "delta": 12, "reason": "received"}]}' -D - -o /dev/null | grep Replayed
send GET inventory/SPOON | show
