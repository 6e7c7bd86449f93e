package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"
)

// forEach runs an operation on each tenant, a bounded number at once. A tenant that fails does not affect the
// others. It prints the progress and a summary, and returns an error if a tenant needs another run.
func forEach(tenants []Tenant, parallel int, operation func(context.Context, Tenant) (string, error)) error {
	begin := time.Now()
	stop, interrupt := handleSignals()
	var mutex sync.Mutex // protects what follows, and keeps the order of the lines
	done, counts := 0, map[string]int{}
	var failed []string
	work := func(t Tenant) {
		mutex.Lock()
		fmt.Printf("%s: started\n", t.Name)
		mutex.Unlock()
		start := time.Now()
		outcome, err := operation(interrupt, t)
		mutex.Lock()
		defer mutex.Unlock()
		done++
		detail := ""
		if err != nil {
			outcome, detail = "failed", ": "+reason(err)
			failed = append(failed, t.Name)
		}
		counts[outcome]++
		fmt.Printf("[%d/%d] %s: %s in %.1fs%s\n", done, len(tenants), t.Name, outcome, time.Since(start).Seconds(), detail)
	}

	queue := make(chan Tenant)
	var workers sync.WaitGroup
	for range min(parallel, len(tenants)) {
		workers.Go(func() {
			for t := range queue {
				work(t)
			}
		})
	}
	for _, t := range tenants {
		if stop.Err() != nil { // a select chooses at random if both are ready
			break
		}
		select {
		case queue <- t:
		case <-stop.Done():
		}
	}
	close(queue)
	workers.Wait()

	fmt.Printf("%d created, %d updated, %d unchanged, %d destroyed, %d failed, %d not started in %s\n",
		counts[created], counts[updated], counts[unchanged], counts[destroyed], counts["failed"], len(tenants)-done, time.Since(begin).Round(time.Second))
	if len(failed) > 0 {
		return fmt.Errorf("failed: %s; their folders have the logs; run the command again to go on", strings.Join(failed, ", "))
	} else if done < len(tenants) {
		return fmt.Errorf("%d tenants are not done; run the command again to go on", len(tenants)-done)
	}
	return nil
}

// handleSignals returns two contexts. The first signal ends the first one: no further tenant is started. The
// second signal ends the other one, too, which interrupts the commands of the CLI that are running: they save
// what they have done. A third signal ends the program.
func handleSignals() (stop, interrupt context.Context) {
	stop, endStop := context.WithCancel(context.Background())
	interrupt, endInterrupt := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		fmt.Println("waiting for the tenants that are started; interrupt again to stop them")
		endStop()
		<-signals
		endInterrupt()
		signal.Stop(signals)
	}()
	return stop, interrupt
}

var diagnostic = regexp.MustCompile(`(?m)^(?:stderr:)?\s*error: (.+)$`)

// reason returns the first error in the output of the CLI, which is the text of the Automation API's error.
func reason(err error) string {
	for _, match := range diagnostic.FindAllStringSubmatch(err.Error(), -1) {
		if match[1] != "preview failed" && match[1] != "update failed" { // the reason follows
			return match[1]
		}
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return first
}
