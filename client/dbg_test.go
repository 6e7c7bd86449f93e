package client_test
import ("testing";"testing/synctest";"time";"fmt";"net/http"
"github.com/pgbeam/pulumi-pgbeam/internal/localapi")
func TestDbg(t *testing.T){ synctest.Test(t, func(t *testing.T){
 api := newAnnouncingAPI(t, localapi.RateLimit{Requests:100,Window:2*time.Second}, localapi.Behaviour{RateLimitRefillsContinuously:true}, constantly(150*time.Millisecond))
 callHealth(t, newAnnouncingClient(t, api), 500)
 first := -1
 rs := api.Requests()
 for i, r := range rs { if r.Status==http.StatusTooManyRequests && first<0 {first=i} }
 for i:=first-70;i<first+20;i++ { r:=rs[i]; fmt.Println(i, r.Status, r.ResponseHeader.Get("RateLimit"), r.ResponseHeader.Get("Date")) }
})}
