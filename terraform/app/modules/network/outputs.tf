output "vpc_id" {
  description = "VPC id."
  value       = aws_vpc.app.id
}

output "public_subnet_ids" {
  description = "Subnets of the load balancer."
  value       = aws_subnet.public[*].id
}

output "public_cidrs" {
  description = "Source addresses of the load balancer."
  value       = aws_subnet.public[*].cidr_block
}

output "private_subnet_ids" {
  description = "Subnets of tasks and database."
  value       = aws_subnet.private[*].id
}

output "security_groups" {
  description = "Security group ids: balancer, web, tasks, database, endpoints."
  value       = { for name, group in aws_security_group.group : name => group.id }
}
