# Turns an empty, migrated Redmine into the one the tests speak to. Run by `rails runner` with the
# words and people of tests/servers/redmine_words.py as JSON in BRIDGE_SEED.
require 'json'

# New people are announced by mail, from threads with connections of their own, and SQLite ends one
# of two that wait for each other. Nobody is to be told anything here: all happens in this thread.
ActiveJob::Base.queue_adapter = :inline
ActionMailer::Base.perform_deliveries = false

seed = JSON.parse(ENV.fetch('BRIDGE_SEED'))
words = seed.fetch('words')
language = seed.fetch('language')

Redmine::DefaultData::Loader.load(language)

Setting.default_language = language
Setting.rest_api_enabled = '1'
Setting.self_registration = '0'
Setting.app_title = "Redmine (#{language})"

manager, developer, reporter = Role.givable.sorted.first(3)

# What a provider must grant the bridge, and no more: it is no administrator.
bridge = Role.create!(
  name: words.fetch('role_bridge'),
  issues_visibility: 'all',
  time_entries_visibility: 'all',
  users_visibility: 'all',
  permissions: %i[
    view_issues add_issues edit_issues add_issue_notes view_private_notes set_notes_private
    view_time_entries log_time edit_own_time_entries
  ]
)
bridge.copy_workflow_rules(manager)

field = {
  is_for_all: true, is_filter: true, visible: true, editable: true, trackers: Tracker.all.to_a
}
IssueCustomField.create!(field.merge(name: words.fetch('consumed'), field_format: 'float'))
IssueCustomField.create!(
  field.merge(
    name: words.fetch('approval'), field_format: 'list', possible_values: seed.fetch('approvals')
  )
)
IssueCustomField.create!(
  field.merge(
    name: words.fetch('severity'), field_format: 'list', possible_values: seed.fetch('severities')
  )
)

projects = seed.fetch('projects').to_h do |project|
  [
    project.fetch('identifier'),
    Project.create!(
      identifier: project.fetch('identifier'),
      name: project.fetch('name'),
      is_public: false,
      enabled_module_names: %w[issue_tracking time_tracking],
      trackers: Tracker.all.to_a
    )
  ]
end

roles = { 'bridge' => bridge, 'client' => reporter, 'provider' => developer }

seed.fetch('people').each do |person|
  user = User.find_by(login: person.fetch('login')) || User.new
  user.login = person.fetch('login')
  user.firstname = person.fetch('firstname')
  user.lastname = person.fetch('lastname')
  user.mail = person.fetch('mail')
  user.language = language
  user.password = user.password_confirmation = person.fetch('password')
  user.must_change_passwd = false
  user.admin = person.fetch('admin')
  user.mail_notification = 'none'
  user.save!
  person.fetch('memberships').each do |identifier, role|
    Member.create!(user: user, project: projects.fetch(identifier), roles: [roles.fetch(role)])
  end
  # The model draws a key of its own; the tests want to know it beforehand.
  Token.create!(user: user, action: 'api').update_columns(value: person.fetch('key'))
end
