// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package scenarios

import (
	"net/http"
	"slices"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
	"github.com/pgbeam/pulumi-pgbeam/provider"
)

const days = 24 * time.Hour

// rotating is a kind whose secrets are rotated, and a plugin whose clock the test sets. The
// clock of the API is another one, which does not matter.
type rotating struct {
	*scenario.Case
	time time.Time
	// period are inputs with a rotateAfter of 30 days.
	period object
}

func hasOneTimeSecrets(k scenario.Kind) bool { return len(k.OneTimeSecrets()) > 0 }

func forEachRotating(t *testing.T, run func(r *rotating)) {
	t.Helper()
	scenario.ForEach(t, hasOneTimeSecrets, func(c *scenario.Case) {
		r := &rotating{Case: c, time: time.Date(2030, 3, 1, 12, 0, 0, 0, time.UTC)}
		r.Engine = enginetest.NewAt(c, c.Local, r.now)
		r.period = c.Inputs(scenario.Merge(c.Kind.Minimal, object{"rotateAfter": "30d"}))
		run(r)
	})
}

func (r *rotating) now() time.Time { return r.time }

// after returns a time after the current one as an output.
func (r *rotating) after(d time.Duration) string { return r.time.Add(d).Format(time.RFC3339) }

func (r *rotating) create(inputs object) *enginetest.Resource {
	r.Helper()
	resource := r.Create(r.Kind.Name, "thing", inputs)
	r.Local.ResetRequests()
	return resource
}

// with returns the inputs with a rotateAfter of 30 days and others. nil removes one.
func (r *rotating) with(inputs object) object { return enginetest.With(r.period, inputs) }

// assertTimes fails unless the state has these times, or none for "".
func (r *rotating) assertTimes(resource *enginetest.Resource, rotatedAt, nextRotation string) {
	r.Helper()
	for name, expected := range map[string]string{"rotatedAt": rotatedAt, "nextRotation": nextRotation} {
		value, ok := resource.State.GetOk(name)
		if expected == "" {
			assert.False(r, ok, name)
		} else if assert.True(r, value.IsString(), name) {
			assert.Equal(r, expected, value.AsString(), name)
		}
	}
}

func (r *rotating) rotations() int { return r.Local.Count(http.MethodPost, rotatePath) }

// requireNothing fails unless an update changes nothing and makes no request.
func (r *rotating) requireNothing(resource *enginetest.Resource, inputs object) {
	r.Helper()
	r.Local.ResetRequests()
	before := resource.State
	assert.Equal(r, enginetest.Same, r.Engine.MustUp(resource, inputs).Op)
	assert.Equal(r, before, resource.State)
	assert.Empty(r, r.Local.Requests())
}

// requireRotation fails unless the preview shows a rotation and the update does one.
func (r *rotating) requireRotation(resource *enginetest.Resource, inputs object) {
	r.Helper()
	r.Local.ResetRequests()
	r.requireShown(r.Engine.Preview(resource, enginetest.Inputs(inputs)))
	assert.Empty(r, r.Local.Requests())
	id := resource.ID
	assert.Equal(r, enginetest.Update, r.Up(resource, inputs).Op)
	assert.Equal(r, id, resource.ID)
	assert.Equal(r, 1, r.rotations())
	r.AssertSecrets(resource)
	r.requireNothing(resource, inputs)
}

// requireShown fails unless the preview shows a rotation because of the secrets' age.
func (r *rotating) requireShown(preview enginetest.Result) {
	r.Helper()
	require.NoError(r, preview.Err)
	assert.Equal(r, enginetest.Update, preview.Op)
	for _, name := range []string{"rotatedAt", "nextRotation"} {
		assert.Equal(r, p.PropertyDiff{Kind: p.Update}, preview.Diff.DetailedDiff[name], name)
	}
	r.assertUnknownSecrets(preview)
}

func (r *rotating) assertUnknownSecrets(preview enginetest.Result) {
	r.Helper()
	for name := range r.Kind.OneTimeSecrets() {
		assert.True(r, preview.Outputs.Get(name).IsComputed(), name)
		assert.True(r, preview.Outputs.Get(name).Secret(), name)
	}
	assert.True(r, preview.Outputs.Get("rotatedAt").IsComputed())
}

func (r *rotating) assertKnownSecrets(result enginetest.Result) {
	r.Helper()
	for name := range r.Kind.OneTimeSecrets() {
		assert.True(r, result.Outputs.Get(name).IsString(), name)
	}
}

// TestRotation runs an unchanged program every day.
func TestRotation(t *testing.T) {
	forEachRotating(t, func(r *rotating) {
		resource := r.create(r.period)
		start := r.after(0)
		r.assertTimes(resource, start, r.after(30*days))
		for range 30 {
			r.requireNothing(resource, r.period)
			r.time = r.time.Add(1 * days)
		}
		r.time = r.time.Add(-time.Second)
		r.requireNothing(resource, r.period)
		before := resource.State

		// The update runs later than its preview.
		preview := r.Engine.Preview(resource, enginetest.Inputs(r.period))
		assert.Equal(r, enginetest.Same, preview.Op)
		r.time = r.time.Add(time.Second)
		preview = r.Engine.Preview(resource, enginetest.Inputs(r.period))
		r.requireShown(preview)
		assert.Len(r, preview.Diff.DetailedDiff, 2)
		assert.True(r, preview.Outputs.Get("nextRotation").IsComputed())
		for name, output := range preview.Outputs.All {
			unknown := slices.Contains([]string{"connectionString", "mcpToken", "mcpUrl", "token", "updatedAt", "rotatedAt", "nextRotation"}, name)
			assert.Equal(r, unknown, output.IsComputed(), name)
		}
		r.requireRotation(resource, r.period)
		for name := range r.Kind.OneTimeSecrets() {
			assert.NotEqual(r, before.Get(name).AsString(), resource.State.Get(name).AsString())
		}
		r.assertTimes(resource, r.after(0), r.after(30*days))

		// A clock that goes back rotates nothing.
		rotated := r.after(0)
		for _, back := range []time.Duration{time.Hour, 29 * days, 400 * days} {
			r.time = r.time.Add(-back)
			r.requireNothing(resource, r.period)
		}
		r.time = r.time.Add(time.Hour + 429*days)
		r.Refresh(resource)
		r.requireNothing(resource, r.period)
		r.assertTimes(resource, rotated, r.after(30*days))

		// Updates that run late do not shift the next one to the past.
		r.time = r.time.Add(100 * days)
		r.Refresh(resource)
		r.requireRotation(resource, r.period)
		r.assertTimes(resource, r.after(0), r.after(30*days))
	})
}

func TestRotationOfExistingObject(t *testing.T) {
	forEachRotating(t, func(r *rotating) {
		created, without := r.after(0), r.with(object{"rotateAfter": nil})
		resource := r.create(without)
		r.assertTimes(resource, created, "")

		// Secrets that are younger than the period are rotated later.
		r.time = r.time.Add(10 * days)
		r.requireNothing(resource, without)
		preview := r.Engine.Preview(resource, enginetest.Inputs(r.period))
		assert.Equal(r, map[string]p.PropertyDiff{"rotateAfter": {Kind: p.Add, InputDiff: true}}, preview.Diff.DetailedDiff)
		r.assertKnownSecrets(preview)
		assert.Equal(r, r.after(20*days), preview.Outputs.Get("nextRotation").AsString())
		r.Up(resource, r.period)
		assert.Empty(r, r.Local.Requests())
		r.assertTimes(resource, created, r.after(20*days))
		r.AssertSecrets(resource)
		r.requireNothing(resource, r.period)

		// Another notation is no change.
		r.requireNothing(resource, r.with(object{"rotateAfter": "720h"}))

		// A longer period, and none.
		longer := r.with(object{"rotateAfter": "5w"})
		r.Up(resource, longer)
		r.assertTimes(resource, created, r.after(25*days))
		assert.Equal(r, "5w", resource.State.Get("rotateAfter").AsString())
		preview = r.Engine.Preview(resource, enginetest.Inputs(without))
		assert.Equal(r, map[string]p.PropertyDiff{"rotateAfter": {Kind: p.Delete, InputDiff: true}}, preview.Diff.DetailedDiff)
		assert.True(r, preview.Outputs.Get("nextRotation").IsNull())
		r.Up(resource, without)
		r.assertTimes(resource, created, "")
		assert.True(r, resource.State.Get("rotateAfter").IsNull())
		assert.Empty(r, r.Local.Requests())
		r.time = r.time.Add(365 * days)
		r.requireNothing(resource, without)

		// Secrets that are older than the period are rotated at once.
		r.requireRotation(resource, longer)
		r.assertTimes(resource, r.after(0), r.after(35*days))

		// A shorter period makes a rotation due, a longer one no longer due.
		r.time = r.time.Add(32 * days)
		r.requireRotation(resource, r.period)
		r.time = r.time.Add(31 * days)
		r.Up(resource, longer)
		assert.Equal(r, 0, r.rotations())
		r.time = r.time.Add(31 * days)
		r.Up(resource, without)
		assert.Equal(r, 0, r.rotations())
	})
}

func TestRotationWithTriggers(t *testing.T) {
	forEachRotating(t, func(r *rotating) {
		triggers := func(epoch string) object { return r.with(object{"rotationTriggers": object{"epoch": epoch}}) }
		resource := r.create(triggers("1"))

		// A rotation by triggers restarts the period.
		r.time = r.time.Add(20 * days)
		preview := r.Engine.Preview(resource, enginetest.Inputs(triggers("2")))
		r.assertUnknownSecrets(preview)
		assert.True(r, preview.Outputs.Get("nextRotation").IsComputed())
		assert.NotContains(r, preview.Diff.DetailedDiff, "rotatedAt", "it is not due")
		r.Up(resource, triggers("2"))
		assert.Equal(r, 1, r.rotations())
		r.assertTimes(resource, r.after(0), r.after(30*days))
		r.time = r.time.Add(20 * days)
		r.requireNothing(resource, triggers("2"))

		// Both at the same time are one rotation.
		r.time = r.time.Add(20 * days)
		r.requireRotation(resource, triggers("3"))
		r.assertTimes(resource, r.after(0), r.after(30*days))

		// Without rotateAfter, the outputs tell when the triggers have rotated the secrets.
		r.time = r.time.Add(1 * days)
		r.Up(resource, r.with(object{"rotateAfter": nil, "rotationTriggers": object{"epoch": "4"}}))
		r.assertTimes(resource, r.after(0), "")
	})
}

func TestRotationOfImportedObject(t *testing.T) {
	forEachRotating(t, func(r *rotating) {
		created := r.create(r.period)
		resource, err := r.Engine.Import(r.Kind.Name, "thing", r.ImportID(created))
		require.NoError(r, err)
		r.assertTimes(resource, "", "")
		without := r.with(object{"rotateAfter": nil})
		r.Up(resource, without)
		r.Refresh(resource)
		r.requireNothing(resource, without)
		r.assertTimes(resource, "", "")

		// The age counts from the creation, by the clock of the API.
		createdAt, err := time.Parse(time.RFC3339Nano, resource.State.Get("createdAt").AsString())
		require.NoError(r, err)
		r.time = createdAt.Truncate(time.Second).Add(10 * days)
		r.Up(resource, r.period)
		assert.Equal(r, 0, r.rotations())
		r.assertTimes(resource, "", r.after(20*days))
		r.time = r.time.Add(20 * days)
		r.requireRotation(resource, r.period)
		r.assertTimes(resource, r.after(0), r.after(30*days))
	})
}

// TestRotationWithStateOfOlderRelease uses a state without the new outputs.
func TestRotationWithStateOfOlderRelease(t *testing.T) {
	forEachRotating(t, func(r *rotating) {
		without := r.with(object{"rotateAfter": nil, "rotationTriggers": object{"epoch": "1"}})
		resource := r.create(without)
		resource.State = resource.State.Delete("rotatedAt")
		r.requireNothing(resource, without)
		r.Refresh(resource)
		r.requireNothing(resource, without)
		r.assertTimes(resource, "", "")
		r.time = r.time.Add(365 * days)
		r.requireNothing(resource, without)
		r.Up(resource, r.with(object{"rotateAfter": nil, "rotationTriggers": object{"epoch": "2"}}))
		r.assertTimes(resource, r.after(0), "")
	})
}

// TestFailedRotation requires that the state keeps the old secrets, and that the next
// update rotates.
func TestFailedRotation(t *testing.T) {
	forEachRotating(t, func(r *rotating) {
		resource := r.create(r.period)
		before := resource.State
		r.time = r.time.Add(30 * days)
		for _, status := range []int{http.StatusInternalServerError, http.StatusForbidden} {
			r.Local.AddFault(localapi.Fault{Method: http.MethodPost, Path: rotatePath, Times: 1, Status: status})
			result := r.Engine.Up(resource, enginetest.Inputs(r.period))
			require.Error(r, result.Err)
			assert.Equal(r, before, resource.State)
			r.AssertSecrets(resource)
			r.time = r.time.Add(1 * days)
		}
		r.requireRotation(resource, r.period)
		r.assertTimes(resource, r.after(0), r.after(30*days))
	})
}

// TestInterruptedDueRotation kills a rotation that is due, before or after it takes effect.
// Whatever the next program says, it is one rotation, and its secrets are in the state.
func TestInterruptedDueRotation(t *testing.T) {
	for _, drop := range []string{localapi.DropBefore, localapi.DropAfter, ""} {
		for name, change := range map[string]object{
			"again": {}, "longer": {"rotateAfter": "90d"}, "removed": {"rotateAfter": nil},
			"standby": {"standby": true}, "triggers": {"rotationTriggers": object{"epoch": "2"}},
		} {
			t.Run(drop+"/"+name, func(t *testing.T) {
				forEachRotating(t, func(r *rotating) {
					journal := r.TempDir()
					process := func(isFirst bool) *enginetest.Process {
						run := enginetest.Run{ProviderID: "provider-1", CreatesProvider: isFirst, Journal: journal}
						return enginetest.StartProcess(r, r.Local, run, provider.Options{Now: r.now})
					}
					resource, first := r.New("thing"), process(true)
					first.MustUp(resource, r.period)
					first.Shutdown()
					r.time = r.time.Add(30 * days)

					if drop != "" {
						r.Local.AddFault(localapi.Fault{Method: http.MethodPost, Path: rotatePath, Drop: drop})
					}
					unsaved := *resource
					result := process(false).Up(&unsaved, enginetest.Inputs(r.period))
					require.Equal(r, drop != "", result.Err != nil)
					r.Local.ClearFaults()
					r.Clock.Advance(time.Minute)
					r.time = r.time.Add(time.Minute)

					issued := r.issued(resource)
					r.Local.ResetRequests()
					next, inputs := process(false), r.with(change)
					require.NoError(r, next.Up(resource, enginetest.Inputs(inputs)).Err)
					next.Shutdown()
					r.AssertSecrets(resource)
					assert.Equal(r, 1, r.rotations(), "it is one rotation")
					assert.Equal(r, drop == localapi.DropBefore, issued != r.issued(resource), "it has taken effect once")
					assert.Equal(r, r.after(0), resource.State.Get("rotatedAt").AsString())
					assert.Equal(r, enginetest.Same, process(false).Preview(resource, enginetest.Inputs(inputs)).Op)
				})
			})
		}
	}
}

// issued returns a secret that the API has issued.
func (r *rotating) issued(resource *enginetest.Resource) string {
	field := map[string]string{"AgentCredential": "mcp_token", "SelfHostEnrollment": "token"}[r.Kind.Name]
	return r.Local.Secret(r.Kind.Collection, r.LiveID(resource), field)
}

// TestRotationOfExpiredObject requires that secrets that are no longer accepted are not
// rotated.
func TestRotationOfExpiredObject(t *testing.T) {
	forEachRotating(t, func(r *rotating) {
		inputs := r.with(object{"expiresAt": "2099-01-01T01:00:00+01:00"})
		resource := r.create(inputs)
		r.time = time.Date(2098, 12, 31, 23, 59, 59, 0, time.UTC)
		assert.Equal(r, enginetest.Update, r.Engine.Preview(resource, enginetest.Inputs(inputs)).Op)
		r.time = r.time.Add(time.Second)
		r.requireNothing(resource, inputs)
	})
}

// TestRotationOfRevokedObject requires that a rotation which the API refuses says what to
// do, and that the object is created again after a refresh.
func TestRotationOfRevokedObject(t *testing.T) {
	forEachRotating(t, func(r *rotating) {
		resource := r.create(r.period)
		require.NoError(r, r.Local.Remove(r.Kind.Collection, resource.ID))
		r.time = r.time.Add(30 * days)
		outdated := *resource
		result := r.Engine.Up(&outdated, enginetest.Inputs(r.period))
		require.ErrorContains(r, result.Err, "pulumi refresh")
		exists, err := r.Engine.Refresh(resource)
		require.NoError(r, err)
		assert.False(r, exists)
		assert.Equal(r, enginetest.Create, r.Up(resource, r.period).Op)
		r.assertTimes(resource, r.after(0), r.after(30*days))
	})
}

func TestRotationWithUnknownAndSecretPeriod(t *testing.T) {
	forEachRotating(t, func(r *rotating) {
		unknown, secret := enginetest.Inputs(r.period).Set("rotateAfter", enginetest.Unknown), property.New("30d").WithSecret(true)
		preview := r.Engine.Preview(r.New("thing"), unknown)
		require.NoError(r, preview.Err)
		assert.True(r, preview.Outputs.Get("nextRotation").IsComputed())

		resource := r.create(r.period)
		preview = r.Engine.Preview(resource, unknown)
		require.NoError(r, preview.Err)
		assert.Equal(r, enginetest.Update, preview.Op)
		r.assertUnknownSecrets(preview) // the period may be shorter than the age
		assert.True(r, preview.Outputs.Get("nextRotation").IsComputed())

		// The period can be calculated from nextRotation.
		marked := enginetest.Inputs(r.period).Set("rotateAfter", secret)
		assert.Equal(r, enginetest.Same, r.Engine.Preview(resource, marked).Op)
		resource = &enginetest.Resource{Kind: r.Kind.Name, Name: "secret"}
		require.NoError(r, r.Engine.Up(resource, marked).Err)
		for range 2 {
			assert.True(r, resource.State.Get("rotateAfter").Secret())
			assert.True(r, resource.State.Get("nextRotation").Secret())
			assert.False(r, resource.State.Get("rotatedAt").Secret())
			r.Refresh(resource)
		}
		_, failures := r.Engine.Check(resource, marked.Set("rotateAfter", property.New("planted days").WithSecret(true)))
		require.Len(r, failures, 1)
		assert.Contains(r, failures[0].Reason, "rotateAfter must be")
		assert.NotContains(r, failures[0].Reason, "planted")
	})
}

// TestStandby has two objects that take turns.
func TestStandby(t *testing.T) {
	forEachRotating(t, func(r *rotating) {
		inUse, standby := r.with(object{"standby": false, "rotateAfter": "2d"}), r.with(object{"standby": true, "rotateAfter": "2d"})
		resource := r.create(standby)
		r.assertTimes(resource, r.after(0), "")
		r.time = r.time.Add(10 * days)
		r.requireNothing(resource, standby) // its secrets have never been in use

		// Those that are in use are not rotated.
		r.Up(resource, inUse)
		assert.True(r, resource.State.Get("standbySince").IsNull())
		r.time = r.time.Add(100 * days)
		r.requireNothing(resource, inUse)

		// They are rotated once after they have been in use, however late the update runs.
		preview := r.Engine.Preview(resource, enginetest.Inputs(standby))
		r.assertKnownSecrets(preview)
		assert.True(r, preview.Outputs.Get("standbySince").IsComputed())
		assert.True(r, preview.Outputs.Get("nextRotation").IsComputed())
		r.Up(resource, standby)
		assert.Empty(r, r.Local.Requests())
		assert.Equal(r, r.after(0), resource.State.Get("standbySince").AsString())
		assert.Equal(r, r.after(2*days), resource.State.Get("nextRotation").AsString())
		r.time = r.time.Add(1 * days)
		r.requireNothing(resource, standby)
		r.time = r.time.Add(7 * days)
		r.requireRotation(resource, standby)
		r.assertTimes(resource, r.after(0), "")
		r.time = r.time.Add(100 * days)
		r.requireNothing(resource, standby)
		r.Refresh(resource)
		r.requireNothing(resource, standby)

		// If it returns to use before that time, it keeps its secrets.
		r.Up(resource, inUse)
		r.Up(resource, standby)
		r.time = r.time.Add(1 * days)
		r.Up(resource, inUse)
		assert.Equal(r, 0, r.rotations())
		r.time = r.time.Add(10 * days)
		r.requireNothing(resource, inUse)

		// If no update has run since, the secrets are rotated before they are in use again.
		r.Up(resource, standby)
		r.time = r.time.Add(50 * days)
		r.requireRotation(resource, inUse)
		r.assertTimes(resource, r.after(0), "")

		// An unknown value may do so, too.
		r.Up(resource, standby)
		r.time = r.time.Add(3 * days)
		r.assertUnknownSecrets(r.Engine.Preview(resource, enginetest.Inputs(inUse).Set("standby", enginetest.Unknown)))

		// Without standby, the age of the secrets counts.
		r.Up(resource, r.period)
		r.requireNothing(resource, r.period)
		r.time = r.time.Add(27 * days)
		r.requireRotation(resource, r.period)
		r.assertTimes(resource, r.after(0), r.after(30*days))
	})
}
