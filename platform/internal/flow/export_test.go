package flow

// Lists are the queries of lists by the index that each reads in sequence.
func Lists() map[string]string {
	return map[string]string{
		"flow_task_mine": listMine, "flow_task_claimable": listClaimable, "flow_task_organisation": listOrganisation, "flow_task_done": listDone,
	}
}
