// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// route is a node of the tree of path segments.
type route struct {
	literal    map[string]*route
	any        *route // a path parameter
	param      string
	operations []*operation
}

func newRouter(operations []*operation) *route {
	root := &route{}
	for _, op := range operations {
		node := root
		for segment := range strings.SplitSeq(strings.TrimPrefix(op.path, "/"), "/") {
			node = node.child(segment)
		}
		node.operations = append(node.operations, op)
	}
	return root
}

func (n *route) child(segment string) *route {
	if name, isParam := strings.CutPrefix(segment, "{"); isParam {
		if n.any == nil {
			n.any = &route{param: strings.TrimSuffix(name, "}")}
		}
		return n.any
	}
	if n.literal == nil {
		n.literal = map[string]*route{}
	}
	if n.literal[segment] == nil {
		n.literal[segment] = &route{}
	}
	return n.literal[segment]
}

// find returns the node of a path and the path parameters, or nil when no operation has this path.
func (n *route) find(path *url.URL) (*route, []param) {
	params := make([]param, 0, 3)
	node := n
	for segment := range strings.SplitSeq(strings.TrimPrefix(path.EscapedPath(), "/"), "/") {
		value, err := url.PathUnescape(segment)
		if err != nil {
			return nil, nil
		}
		if next := node.literal[value]; next != nil {
			node = next
			continue
		}
		if node.any == nil || value == "" {
			return nil, nil
		}
		node = node.any
		params = append(params, param{node.param, value})
	}
	if len(node.operations) == 0 {
		return nil, nil
	}
	return node, params
}

// operation returns the node's operation for a method.
func (n *route) operation(method string) (*operation, *problem) {
	allowed := make([]string, 0, len(n.operations))
	for _, op := range n.operations {
		if op.method == method {
			return op, nil
		}
		allowed = append(allowed, op.method)
	}
	slices.Sort(allowed)
	return nil, newProblem(http.StatusMethodNotAllowed, codeMethodNotAllowed,
		"%s is not allowed here", method).withHeader("Allow", strings.Join(allowed, ", "))
}
