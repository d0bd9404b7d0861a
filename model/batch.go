package model

// BatchStatus is where a batch is.
type BatchStatus string

// The states of batches. A batch that runs is done some day, whatever process does it.
const (
	BatchRunning BatchStatus = "running"
	BatchDone    BatchStatus = "done"
)

// MaxBatchLines is how many lines a batch has at most.
const MaxBatchLines = 10_000

// Batch (批量发放) is many awards by one rule, each line of which succeeds or fails alone and once.
type Batch struct {
	ID          ID          `json:"id"`
	CommunityID ID          `json:"-"`
	CampaignID  ID          `json:"campaign_id,omitzero"`
	Code        string      `json:"code"`
	Memo        string      `json:"memo"`
	InputSHA256 []byte      `gorm:"column:input_sha256" json:"-"`
	CapTotal    int64       `json:"cap_total,omitempty"`  // 0: none
	CapMember   int64       `json:"cap_member,omitempty"` // 0: none
	Total       int         `json:"total"`                // lines
	Done        int         `json:"done"`                 // lines, those that failed included
	Failed      int         `json:"failed"`
	Granted     int64       `json:"granted"` // in the rule's unit
	Status      BatchStatus `json:"status" enum:"running,done"`
	Percent     int         `gorm:"-" json:"percent"`
	CreatedBy   ID          `json:"-"`
	CreatedAt   Instant     `json:"created_at"`
	EndedAt     Instant     `json:"ended_at,omitzero"`
}

// TableName implements gorm's Tabler.
func (Batch) TableName() string { return "point_batch" }

// Lines adds what became of some lines, and ends the batch when these were the last.
func (b *Batch) Lines(done, failed int, granted int64, now Instant) {
	b.Done, b.Failed, b.Granted = b.Done+done, b.Failed+failed, b.Granted+granted
	if b.Done >= b.Total {
		b.Status, b.EndedAt = BatchDone, now
	}
}

// The outcomes of lines that are no failure's code.
const (
	LineWaiting = ""
	LineGranted = "granted"
)

// BatchLine is a line of a batch: who gets how much, and what became of it.
type BatchLine struct {
	BatchID    ID     `gorm:"primaryKey;autoIncrement:false" json:"-"`
	LineNo     int    `gorm:"primaryKey;autoIncrement:false" json:"line"`
	MemberID   ID     `json:"member_id,omitzero"`
	Asked      int64  `json:"amount"`
	Memo       string `json:"memo"`
	Granted    int64  `json:"granted"`
	Outcome    string `json:"outcome"` // empty while it waits, granted, or the code of why not
	TransferID ID     `json:"transfer_id,omitzero"`
	// Detail says why not, in Chinese; Member is how the member is shown.
	Detail string     `gorm:"-" json:"detail,omitempty"`
	Member *MemberRef `gorm:"-" json:"member,omitempty"`
}

// TableName implements gorm's Tabler.
func (BatchLine) TableName() string { return "point_batch_item" }

// The failures of batches.
var (
	ErrBatchEmpty = &Error{Invalid, "batch.empty", "这一批里没有内容", "There are no lines in this batch."}
	ErrBatchLarge = &Error{Invalid, "batch.too_large", "一批最多 10000 行", "A batch has at most 10,000 lines."}
	ErrBatchSheet = &Error{Invalid, "batch.unreadable", "看不懂这个表格，请使用模板", "This sheet is not understood; please use the template."}
	ErrLineMember = &Error{Invalid, "batch.member_unknown", "找不到这位居民", "There is no such member."}
	ErrLineShared = &Error{Invalid, "batch.member_ambiguous", "对应多位居民，请填写编号", "Several members fit; please give the id."}
)
