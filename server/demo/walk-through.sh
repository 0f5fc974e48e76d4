SHOP=${SHOP:-http://127.0.0.1:8080}; SHOP=${SHOP%/api/v1}/api/v1
# Shows an answer: a JSON body, indented.
show() { python3 -m json.tool --no-ensure-ascii; }
# Takes a value out of an answer, `take decision.totals.total`, or says why there is none.
take() { python3 -c "import json, sys; v = json.loads(sys.stdin.read() or sys.exit(1)); k = '$1'.split('.'); isinstance(v, dict) and 'code' in v and k[0] not in v and sys.exit(v['code'] + ': ' + (v.get('detail') or v['title'])); [v := v[int(i) if i.isdigit() else i] for i in k]; print(v if isinstance(v, str) else json.dumps(v, indent=2, ensure_ascii=False))"; }
# Sends a request as whoever has the token: `send PUT cart/coupon '{"code": "X"}'`; `KEY=… send …` makes it safe to repeat.
send() { curl -sS -X "$1" "$SHOP/$2" -H "Authorization: Bearer ${TOKEN:-}" ${KEY:+-H "Idempotency-Key: $KEY"} ${3:+-H 'Content-Type: application/json' -d "$3"}; }
# Waits until a value is there: `until_is orders/1001 state paid`.
until_is() { while V=$(send GET "$1" | take "$2") && [ "$V" != "$3" ]; do sleep 0.2; done; [ "$V" = "$3" ] && echo "$2 is $3"; }

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
send GET "cart?include=postings" | take decision.postings
send GET "checkout/explanation?locale=en" | show

# Get a price that holds
QUOTE=$(send POST "checkout/quote?locale=en" | take token)
send POST checkout/quote/verify "{\"token\": \"$QUOTE\"}" | show

send POST cart/items '{"sku": "SOCK-WOOL"}' | take decision.totals
send POST checkout/quote/verify "{\"token\": \"$QUOTE\"}" | show

# Order
QUOTE=$(send POST checkout/quote | take token)
ADDRESS='{"name": "Bia Barros", "line1": "Avenida Paulista 1000", "city": "São Paulo", "region": "SP", "postcode": "01310-100", "country": "BR"}'
KEY="order-$EMAIL" send POST checkout/orders "{\"quote\": \"$QUOTE\", \"shipping_address\": $ADDRESS}" | show
ORDER=$(KEY="order-$EMAIL" send POST checkout/orders "{\"quote\": \"$QUOTE\", \"shipping_address\": $ADDRESS}" | take number)
send GET "orders/$ORDER/transitions" | take transitions.1

# Pay
CHARGE=$(send POST "orders/$ORDER/payments" | take client.checkout_url)
echo "$CHARGE"
curl -sS -X POST "${CHARGE%/pay/*}/v1/charges/${CHARGE##*/}/pay" -H 'Content-Type: application/json' -d '{"outcome": "succeeded", "times": 2}' | take status
until_is "orders/$ORDER" state paid
send GET "orders/$ORDER/postings" | show

# The other side of the counter: send it in two parcels
CUSTOMER=$TOKEN
TOKEN=$(send POST auth/sign-in '{"email": "admin@example.com", "password": "sabia-canta-na-laranjeira-7"}' | take access_token)
send POST "staff/orders/$ORDER/events/process" | take state
SOCKS=$(send GET "orders/$ORDER" | python3 -c "import json, sys; print(next(line['id'] for line in json.load(sys.stdin)['lines'] if line['sku'] == 'SOCK-GREY'))")
send POST "orders/$ORDER/shipments" "{\"lines\": [{\"line_id\": \"$SOCKS\", \"quantity\": 2}], \"carrier\": \"Correios\", \"tracking_number\": \"BR123456785BR\"}" | show
send POST "orders/$ORDER/shipments" '{"carrier": "Correios", "tracking_number": "BR987654321BR"}' | take order_state
send POST "orders/$ORDER/shipments/1/deliver" | take order_state
send POST "orders/$ORDER/shipments/2/deliver" | take order_state

# One piece comes back
TOKEN=$CUSTOMER
send POST "orders/$ORDER/returns" "{\"lines\": [{\"line_id\": \"$SOCKS\", \"quantity\": 1}], \"reason\": \"changed_mind\"}" | take returns
TOKEN=$(send POST auth/sign-in '{"email": "admin@example.com", "password": "sabia-canta-na-laranjeira-7"}' | take access_token)
send POST "orders/$ORDER/returns/1/approve" | take returns.0.status
send POST "orders/$ORDER/returns/1/receive" | take state
RETURN=$(send GET "orders/$ORDER" | take returns.0.id)
send POST "orders/$ORDER/refunds/preview" "{\"return_id\": \"$RETURN\"}" | show
KEY="refund-$EMAIL" send POST "orders/$ORDER/refunds" "{\"return_id\": \"$RETURN\", \"reason\": \"too small\", \"approve\": true}" | show
until_is "orders/$ORDER" state partially_refunded
send GET "orders/$ORDER" | take totals
send GET "orders/$ORDER" | take timeline

# More for staff
send GET rulesets/live | show
send GET "inventory?state=low" | show
curl -sS -X POST "$SHOP/inventory/adjustments" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -H "Idempotency-Key: $EMAIL" -d '{"lines": [{"sku": "SPOON", "delta": 12, "reason": "received"}]}' | show
curl -sS -X POST "$SHOP/inventory/adjustments" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -H "Idempotency-Key: $EMAIL" -d '{"lines": [{"sku": "SPOON", "delta": 12, "reason": "received"}]}' -D - -o /dev/null | grep Replayed
send GET inventory/SPOON | show
