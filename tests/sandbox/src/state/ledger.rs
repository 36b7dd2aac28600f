//! The double-entry ledger; it can be recounted from its journal at any time.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::hash::IdMap;

/// An account of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "holder", content = "id")]
pub(crate) enum Account {
    /// The wallet of the organization.
    Organization,
    /// The wallet of an app.
    App(Uuid),
    /// The wallet of a user.
    User(Uuid),
    /// An app's payout links that are not claimed yet.
    Links(Uuid),
    /// An app's payouts that are pending on a rail.
    Rails(Uuid),
    /// Outside: the bank accounts and wallets of payees, as paid by an app.
    Payees(Uuid),
    /// Outside: the banks and cards that money is pulled from.
    Bank,
    /// Outside: the fees that Dots keeps.
    Fees,
}

impl Account {
    /// Whether the account stands for the rest of the world; only such an account may have a negative balance.
    pub(crate) fn is_outside(self) -> bool {
        match self {
            Self::Payees(_) | Self::Bank | Self::Fees => true,
            Self::Organization | Self::App(_) | Self::User(_) | Self::Links(_) | Self::Rails(_) => false,
        }
    }
}

/// One entry: a positive amount, from one account to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Movement {
    pub(crate) from: Account,
    pub(crate) to: Account,
    /// In cents.
    pub(crate) amount: i64,
}

/// The balances, and the journal from which they follow.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    journal: Vec<Movement>,
    balances: IdMap<Account, i64>,
    /// The sum over all accounts; any value but zero means that money was made or lost.
    total: i128,
}

/// The result of a recount of all money, from the first movement on. Amounts are in cents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Audit {
    /// Whether everything adds up.
    pub balanced: bool,
    /// The number of movements.
    pub movements: usize,
    /// The sum of wallets, links and pending payouts.
    pub inside: i64,
    /// What the rest of the world gained; the sum with `inside` is zero.
    pub outside: i64,
    /// The balance of the organization's wallet.
    pub organization: i64,
    /// The balances of the apps' wallets.
    pub apps: i64,
    /// The balances of the users' wallets.
    pub users: i64,
    /// The money of payout links that are not claimed yet.
    pub links: i64,
    /// The money of payouts that are pending on a rail.
    pub rails: i64,
    /// What payees received, outside.
    pub payees: i64,
    /// What banks and cards gained, outside; negative, because money is pulled from them.
    pub bank: i64,
    /// What Dots kept as fees, outside.
    pub fees: i64,
    /// What does not add up, in words.
    pub errors: Vec<String>,
}

impl Ledger {
    pub(crate) fn balance(&self, account: Account) -> i64 {
        self.balances.get(&account).copied().unwrap_or_default()
    }

    /// Returns the movements with their numbers, newest first; the first movement of the sandbox has number 1.
    pub(crate) fn latest(&self) -> impl Iterator<Item = (usize, &Movement)> {
        (1..=self.journal.len()).rev().zip(self.journal.iter().rev())
    }

    /// Posts a movement.
    ///
    /// # Errors
    /// Returns what is wrong with it, or with the ledger after it; that is a mistake of the sandbox.
    pub(super) fn post(&mut self, movement: Movement) -> Result<(), String> {
        let Movement { from, to, amount } = movement;
        let (less, more) = (self.balance(from).checked_sub(amount), self.balance(to).checked_add(amount));
        let (Some(less), Some(more)) = (less, more) else {
            return Err(format!("{amount} cents from {from:?} to {to:?} are more than can be counted"));
        };
        if amount <= 0 || from == to {
            return Err(format!("{amount} cents from {from:?} to {to:?} are no movement"));
        }
        if less < 0 && !from.is_outside() {
            return Err(format!("{from:?} would hold {less} cents"));
        }
        let before = i128::from(self.balance(from)) + i128::from(self.balance(to));
        self.balances.insert(from, less);
        self.balances.insert(to, more);
        self.total += i128::from(less) + i128::from(more) - before;
        self.journal.push(movement);
        if self.total == 0 { Ok(()) } else { Err(format!("all accounts together hold {} cents", self.total)) }
    }

    /// Recounts everything from the journal.
    pub(crate) fn audit(&self) -> Audit {
        let mut counted: HashMap<Account, i128> = HashMap::new();
        let mut errors = Vec::new();
        for Movement { from, to, amount } in &self.journal {
            *counted.entry(*from).or_default() -= i128::from(*amount);
            *counted.entry(*to).or_default() += i128::from(*amount);
        }
        for (account, sum) in &counted {
            if *sum != i128::from(self.balance(*account)) {
                errors.push(format!(
                    "{account:?} holds {} and its movements add up to {sum}",
                    self.balance(*account)
                ));
            }
            if *sum < 0 && !account.is_outside() {
                errors.push(format!("{account:?} holds {sum} cents"));
            }
        }
        let uncounted = self.balances.keys().filter(|account| !counted.contains_key(account));
        errors.extend(uncounted.map(|account| format!("{account:?} has a balance and no movements")));
        let total: i128 = counted.values().sum();
        if total != 0 || self.total != 0 {
            errors.push(format!("all accounts together hold {total} cents"));
        }
        errors.sort();
        self.summary(&counted, errors)
    }

    fn summary(&self, counted: &HashMap<Account, i128>, errors: Vec<String>) -> Audit {
        let sum = |wanted: fn(&Account) -> bool| {
            let sum: i128 = counted.iter().filter(|(account, _)| wanted(account)).map(|(_, sum)| sum).sum();
            i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
        };
        Audit {
            balanced: errors.is_empty(),
            movements: self.journal.len(),
            inside: sum(|account| !account.is_outside()),
            outside: sum(|account| account.is_outside()),
            organization: sum(|account| matches!(account, Account::Organization)),
            apps: sum(|account| matches!(account, Account::App(_))),
            users: sum(|account| matches!(account, Account::User(_))),
            links: sum(|account| matches!(account, Account::Links(_))),
            rails: sum(|account| matches!(account, Account::Rails(_))),
            payees: sum(|account| matches!(account, Account::Payees(_))),
            bank: sum(|account| matches!(account, Account::Bank)),
            fees: sum(|account| matches!(account, Account::Fees)),
            errors,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: Account = Account::App(Uuid::from_u128(1));
    const USER: Account = Account::User(Uuid::from_u128(2));

    fn funded(amount: i64) -> Ledger {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.post(Movement { from: Account::Bank, to: APP, amount }), Ok(()));
        ledger
    }

    #[test]
    fn what_one_loses_another_gains() {
        let mut ledger = funded(100);
        assert_eq!(ledger.post(Movement { from: APP, to: USER, amount: 30 }), Ok(()));
        assert_eq!(
            (ledger.balance(APP), ledger.balance(USER), ledger.balance(Account::Bank)),
            (70, 30, -100)
        );
        let audit = ledger.audit();
        assert!(audit.balanced);
        assert_eq!(
            (audit.inside, audit.outside, audit.apps, audit.users, audit.movements),
            (100, -100, 70, 30, 2)
        );
    }

    #[test]
    fn a_movement_that_is_none_changes_nothing() {
        let mut ledger = funded(100);
        for (from, to, amount) in
            [(APP, USER, 101), (APP, USER, 0), (APP, USER, -5), (APP, APP, 5), (Account::Bank, APP, i64::MAX)]
        {
            assert!(ledger.post(Movement { from, to, amount }).is_err());
        }
        assert_eq!((ledger.balance(APP), ledger.audit().movements), (100, 1));
    }

    #[test]
    fn an_audit_finds_a_balance_that_no_movement_explains() {
        let mut ledger = funded(100);
        ledger.balances.insert(APP, 99);
        ledger.balances.insert(USER, 1);
        let audit = ledger.audit();
        assert!(!audit.balanced);
        assert_eq!(audit.errors.len(), 2, "{:?}", audit.errors);
    }
}
