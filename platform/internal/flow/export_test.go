package flow

// Lists are the queries of lists by the index that each reads in sequence.
func Lists() map[string]string {
	return map[string]string{
		"flow_task_mine": listMine + soonest + "$4", "flow_task_claimable": listClaimable + soonest + "$5",
		"flow_task_organisation": listOrganisation + soonest + "$4", "flow_task_done": listDone + latest + "$4",
	}
}
